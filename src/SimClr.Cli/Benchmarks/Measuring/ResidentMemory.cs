using System.Runtime.InteropServices;
using SimClr.Runtime;

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
        return new ResidentMemory(ProcessMemory.ResetPeak() ? ProcessMemory.Resident : null);
    }

    /// <summary>In MB (10⁶ bytes); null where the system does not let one know.</summary>
    public double? PeakMB => before is null ? null : Math.Max(0, ProcessMemory.Peak - before.Value) / 1e6;

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
