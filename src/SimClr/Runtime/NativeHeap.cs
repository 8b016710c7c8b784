using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// Native memory that was freed and that the C library keeps. Up to glibc 2.37 a freed block that was asked for with an
/// alignment, as libtorch asks for all of its, seldom serves the next request of the same size: the heap grows with every pass
/// through a network although nothing is held.
/// </summary>
internal static partial class NativeHeap
{
    /// <summary>Gives the pages of freed blocks back to the system: page faults where they are used again, which a virtual machine makes dear.</summary>
    public static void Return() => _ = Trim(0);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);
}
