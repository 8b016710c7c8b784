namespace SimClr.Runtime;

/// <summary>
/// Makes TorchScript run its operations one by one on this thread, as Python does, until this object is disposed of. Otherwise libtorch
/// records the first calls of a program and may rewrite it afterwards; on a GPU it then fuses operations, which rounds in another way. A
/// resumed run counts its calls from 0 again, so its bytes could differ. TorchSharp does not expose this setting.
/// </summary>
internal sealed unsafe class PlainInterpreter : IDisposable
{
    private readonly bool before = Get();

    public PlainInterpreter() => Set(false);

    public void Dispose() => Set(before);

    private static bool Get() => ((delegate* unmanaged[Cdecl]<byte>)CppFunctions.GetGraphExecutorOptimize.Address)() != 0;

    private static void Set(bool optimize) =>
        ((delegate* unmanaged[Cdecl]<byte, void>)CppFunctions.SetGraphExecutorOptimize.Address)(optimize ? (byte)1 : (byte)0);
}
