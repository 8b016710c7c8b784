using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>A setting of libtorch's that TorchSharp has no name for; libtorch exports it.</summary>
internal static partial class Cudnn
{
    /// <summary>Has cuDNN time its ways of computing a convolution when it meets one of a new shape, and take the fastest from there on: the network's shapes never change.</summary>
    public static void ChooseByTiming() => SetBenchmark(GlobalContext(), true);

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at13globalContextEv")]
    private static partial nint GlobalContext();

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at7Context17setBenchmarkCuDNNEb")]
    private static partial void SetBenchmark(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);
}
