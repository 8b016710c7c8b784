using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// The memory of libtorch's CPU tensors of 64 kB and more. It comes from an address range of this library. A freed block serves the next
/// tensor that fits, on any thread, and lies in huge pages if the system has them. glibc wastes memory on such blocks (up to twice what is
/// in use), or returns each one at once, and the system must then clear every page again (docs/speed.md has the figures).
/// </summary>
/// <remarks>
/// <see cref="LibTorch.Load"/> installs it. It replaces only two calls of <c>libc10.so</c>, <c>posix_memalign</c> and <c>free</c>. The heap
/// of the rest of the process does not change, nor do libtorch's own small blocks. When the range or the memory is used up, glibc allocates
/// as before, and error messages are libtorch's. With the value <c>system</c> the environment variable <see cref="Variable"/> leaves
/// everything to glibc. Any thread may use it.
/// </remarks>
public static unsafe class TensorMemory
{
    /// <summary>The environment variable that turns this off.</summary>
    public const string Variable = "SIMCLR_TENSOR_MEMORY";

    private const nuint Least = 1 << 16, Alignment = 64;
    private const int AddressesForMemory = 4; // size of the range, as a multiple of the machine's memory: blocks leave gaps

    private static TensorArena? arena;
    private static nint systemAllocate, systemFree; // of the process's own heap

    /// <summary>Bytes of tensors that are alive; 0 if glibc allocates them.</summary>
    public static long Used => (long)(arena?.Used ?? 0);

    /// <summary>Bytes of freed blocks that are kept for the next tensors; 0 if glibc allocates them.</summary>
    public static long Kept => (long)(arena?.Kept ?? 0);

    /// <summary>
    /// The most bytes of freed blocks that are kept; more go back to the system. No limit by default: used and kept blocks together stay
    /// near the most that was in use at once.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public static long KeepAtMost
    {
        get => arena is null ? 0 : (long)Math.Min(arena.KeepAtMost, long.MaxValue);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            if (arena is not null) arena.KeepAtMost = (nuint)value;
        }
    }

    /// <summary>Returns the memory of freed tensors to the system. The next tensors then cost a page fault for every page.</summary>
    public static void Return() => arena?.Return();

    /// <summary>Replaces glibc's heap with the range, once per process.</summary>
    /// <param name="c10">The handle of the loaded <c>libc10.so</c>, whose allocator all CPU tensors use.</param>
    internal static void Serve(nint c10)
    {
        const string Served = "SimClr.Runtime.TensorMemory"; // by this library, perhaps loaded a second time by a plug-in
        if (Environment.GetEnvironmentVariable(Variable) == "system" || AppContext.GetData(Served) is not null) return;
        nint program = NativeLibrary.GetMainProgramHandle(); // whose malloc may be another one than glibc's
        if (!NativeLibrary.TryGetExport(program, "posix_memalign", out systemAllocate)) return;
        if (!NativeLibrary.TryGetExport(program, "free", out systemFree)) return;
        try
        {
            var memory = (nuint)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            arena = TensorArena.Reserve(memory * AddressesForMemory, memory);
            // The function that frees comes first: it knows which heap a block is from.
            if (arena is null || LinuxImports.Replace(c10, "free", (nint)(delegate* unmanaged[Cdecl]<void*, void>)&Free) == 0) return;
            AppContext.SetData(Served, true);
            _ = LinuxImports.Replace(c10, "posix_memalign", (nint)(delegate* unmanaged[Cdecl]<void**, nuint, nuint, int>)&Allocate);
        }
        catch (EntryPointNotFoundException)
        {
            // a C library without dlinfo: it keeps the tensors
        }
    }

    /// <summary>Memory for temporary values of a computation, aligned to 64 bytes.</summary>
    internal static void* Rent(nuint bytes)
    {
        void* block = bytes >= Least && arena is not null ? arena.Allocate(bytes) : null;
        return block != null ? block : NativeMemory.AlignedAlloc(bytes, Alignment);
    }

    /// <summary>Returns the memory of <see cref="Rent"/>.</summary>
    internal static void GiveBack(void* block)
    {
        if (arena is not null && arena.Contains(block)) arena.Free(block);
        else NativeMemory.AlignedFree(block);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Allocate(void** address, nuint alignment, nuint bytes)
    {
        void* block = bytes >= Least && alignment <= Alignment ? arena!.Allocate(bytes) : null;
        if (block == null) return ((delegate* unmanaged[Cdecl]<void**, nuint, nuint, int>)systemAllocate)(address, alignment, bytes);
        *address = block;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(void* address)
    {
        if (arena!.Contains(address)) arena.Free(address);
        else ((delegate* unmanaged[Cdecl]<void*, void>)systemFree)(address);
    }
}
