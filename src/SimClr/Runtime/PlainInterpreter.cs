using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// Makes TorchScript run its operations one by one on this thread, as Python does, until this object is disposed of. Otherwise libtorch
/// records the first calls and rewrites the program afterwards: random layers would then draw other numbers, and sums round in another
/// way, after a number of calls that a resumed run counts from 0. TorchSharp does not expose this setting.
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
