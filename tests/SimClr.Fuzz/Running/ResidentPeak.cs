using System.Runtime.InteropServices;

namespace SimClr.Fuzz.Running;

/// <summary>The peak resident memory of this process, including native decoders.</summary>
internal static unsafe partial class ResidentPeak
{
    private const int Self = 0, Longs = 18, MaxRss = 4; // struct rusage on x86-64: two timevals, then ru_maxrss in kB

    /// <summary>The peak since the last reset, or since the process started if the kernel cannot reset it.</summary>
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
            // Without a reset only the largest input is visible.
        }
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, long* usage);
}
