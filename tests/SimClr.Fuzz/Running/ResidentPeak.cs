using System.Runtime.InteropServices;

namespace SimClr.Fuzz.Running;

/// <summary>The most memory that this process has had resident: native decoders' too.</summary>
internal static unsafe partial class ResidentPeak
{
    private const int Self = 0, Longs = 18, MaxRss = 4; // struct rusage on x86-64: two timevals, then ru_maxrss in kB

    /// <summary>Since it was reset, or since the process began where the kernel does not reset it.</summary>
    public static long Bytes
    {
        get
        {
            long* usage = stackalloc long[Longs];
            return GetUsage(Self, usage) == 0 ? usage[MaxRss] << 10 : 0;
        }
    }

    public static void Reset()
    {
        GC.Collect();
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the largest input alone is seen.
        }
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, long* usage);
}
