using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// Makes TorchScript run its operations one by one on this thread, as Python does, until this object is disposed of. Otherwise libtorch
/// records the first calls of a program and may rewrite it afterwards; on a GPU it then fuses operations, which rounds in another way. A
/// resumed run counts its calls from 0 again, so its bytes could differ. TorchSharp does not expose this setting.
/// </summary>
internal sealed partial class PlainInterpreter : IDisposable
{
    private readonly bool before = Get();

    public PlainInterpreter() => Set(false);

    public void Dispose() => Set(before);

    [LibraryImport("torch_cpu", EntryPoint = "_ZN5torch3jit24getGraphExecutorOptimizeEv")]
    [return: MarshalAs(UnmanagedType.U1)]
    private static partial bool Get();

    [LibraryImport("torch_cpu", EntryPoint = "_ZN5torch3jit24setGraphExecutorOptimizeEb")]
    private static partial void Set([MarshalAs(UnmanagedType.U1)] bool optimize);
}
