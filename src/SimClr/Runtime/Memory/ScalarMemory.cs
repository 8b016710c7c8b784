using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// The native memory of the numbers that TorchSharp passes to libtorch. It is freed late, because TorchSharp 0.107 lets the collector
/// free it while libtorch reads it.
/// </summary>
/// <remarks>
/// <c>x + 1.5</c> makes a <see cref="TorchSharp.Scalar"/>, passes its address to libtorch, and does not keep the object alive until the
/// call returns (<see cref="GC.KeepAlive"/>). If the collector runs meanwhile, the finalizer frees what the call is about to read. Here
/// a freed block waits until <see cref="Waiting"/> more have been freed: hundreds of training steps. <see cref="LibTorch.Load"/> installs
/// it on Linux and Windows (<see cref="HostProcess.DelayFrees"/>). docs/log.md has the figures.
/// </remarks>
internal static unsafe class ScalarMemory
{
    /// <summary>The most blocks that wait; 12 MB with glibc.</summary>
    internal const int Waiting = 1 << 18;

    /// <summary>The size of a number's block, in bytes: that of c10::Scalar.</summary>
    internal const nuint Size = 32;

    private static readonly nint[] Ring = new nint[Waiting]; // the next block takes the place of the oldest
    private static long count;

    /// <summary>Frees a block of the C library's heap: one of a number's size later, any other at once. Any thread may call it.</summary>
    /// <param name="block">The block; null frees nothing.</param>
    /// <param name="bytes">Its size.</param>
    public static void Free(void* block, nuint bytes) => NativeMemory.Free(block != null && bytes == Size ? Exchange(block) : block);

    private static void* Exchange(void* block) =>
        (void*)Interlocked.Exchange(ref Ring[(int)(Interlocked.Increment(ref count) & (Waiting - 1))], (nint)block);
}
