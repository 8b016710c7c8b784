using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// The memory of libtorch's CPU tensors of 64 kB and more. It comes from one range of this library's own: a freed block serves the next tensor that fits,
/// whatever thread asks, and lies in huge pages where the system has them. glibc keeps such blocks badly (up to twice what is in use), or gives each back at
/// once, and the system then clears every page anew (docs/speed.md has the figures).
/// </summary>
/// <remarks>
/// <see cref="LibTorch.Load"/> puts it in place. It answers two calls of <c>libc10.so</c> alone, <c>posix_memalign</c> and <c>free</c>: the heap of the rest of
/// the process, libtorch's own small blocks included, stays as it is. Where the range or the memory is used up, glibc is asked as before and libtorch words the error.
/// The variable <see cref="Variable"/> with the value <c>system</c> leaves all of it to glibc. Any thread.
/// </remarks>
public static unsafe partial class TensorMemory
{
    /// <summary>The environment variable that turns this off.</summary>
    public const string Variable = "SIMCLR_TENSOR_MEMORY";

    private const nuint Least = 1 << 16, Alignment = 64;
    private const int AddressesForMemory = 4; // the range is as many times as large as the machine's memory: blocks leave gaps

    private static TensorArena? arena;

    /// <summary>Bytes of tensors that are alive; 0 where glibc has them.</summary>
    public static long Used => (long)(arena?.Used ?? 0);

    /// <summary>Bytes of freed blocks that are kept for the next tensors; 0 where glibc has them.</summary>
    public static long Kept => (long)(arena?.Kept ?? 0);

    /// <summary>
    /// Bytes that may be kept; what is freed beyond them goes back to the system. No limit by default: used and kept bytes together stay near
    /// the most that was used at once.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public static long KeepAtMost
    {
        get => arena is null ? 0 : (long)Math.Min(arena.KeepAtMost, long.MaxValue);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            if (arena is not null) arena.KeepAtMost = (nuint)value;
        }
    }

    /// <summary>Gives the memory of freed tensors back to the system. The next tensors take it anew, which costs a page fault for every page.</summary>
    public static void Return() => arena?.Return();

    /// <summary>Puts the range in place of glibc's heap, once per process.</summary>
    /// <param name="c10">The loaded <c>libc10.so</c>, whose allocator all CPU tensors use.</param>
    internal static void Serve(nint c10)
    {
        if (Environment.GetEnvironmentVariable(Variable) == "system") return;
        arena = TensorArena.Reserve((nuint)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * AddressesForMemory);
        // First what frees: it knows whose a block is.
        if (arena is null || LibraryImports.Replace(c10, "free", (nint)(delegate* unmanaged[Cdecl]<void*, void>)&Free) == 0) return;
        _ = LibraryImports.Replace(c10, "posix_memalign", (nint)(delegate* unmanaged[Cdecl]<void**, nuint, nuint, int>)&Allocate);
    }

    /// <summary>Memory for a computation's own use, aligned to 64 bytes.</summary>
    internal static void* Rent(nuint bytes)
    {
        void* block = bytes >= Least && arena is not null ? arena.Allocate(bytes) : null;
        return block != null ? block : NativeMemory.AlignedAlloc(bytes, Alignment);
    }

    /// <summary>Takes back what <see cref="Rent"/> gave.</summary>
    internal static void GiveBack(void* block)
    {
        if (arena is not null && arena.Contains(block)) arena.Free(block);
        else NativeMemory.AlignedFree(block);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Allocate(void** address, nuint alignment, nuint bytes)
    {
        void* block = bytes >= Least && alignment <= Alignment ? arena!.Allocate(bytes) : null;
        if (block == null) return AllocateAligned(address, alignment, bytes);
        *address = block;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(void* address)
    {
        if (arena!.Contains(address)) arena.Free(address);
        else NativeMemory.Free(address);
    }

    [LibraryImport("libc", EntryPoint = "posix_memalign")]
    private static partial int AllocateAligned(void** address, nuint alignment, nuint bytes);
}
