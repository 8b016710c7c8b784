using System.Globalization;
using System.Runtime.InteropServices;

namespace SimClr.Cli.Benchmarks;

/// <summary>The highest resident memory of this process since a moment, above what it was then.</summary>
internal sealed partial class ResidentMemory
{
    private readonly long? before;

    private ResidentMemory(long? before) => this.before = before;

    /// <summary>Gives free memory back to the system, so that its reuse counts, and begins anew.</summary>
    public static ResidentMemory Watch()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        _ = Trim(0);
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5"); // proc(5): resets VmHWM
            return new ResidentMemory(Bytes("VmRSS"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ResidentMemory(null);
        }
    }

    /// <summary>In MB (10⁶ bytes); null where the system does not let one know.</summary>
    public double? PeakMB => before is null ? null : Math.Max(0, Bytes("VmHWM") - before.Value) / 1e6;

    private static long Bytes(string field) => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith(field + ":", StringComparison.Ordinal))
        .Select(line => 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)).First();

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
