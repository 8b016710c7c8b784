using System.Runtime.InteropServices;
using System.Text;

namespace SimClr.Runtime;

/// <summary>macOS on Apple silicon.</summary>
internal sealed unsafe partial class MacProcess : HostProcess
{
    public override string RuntimeIdentifier => "osx-arm64";

    // libtorch names OpenMP by a path of Homebrew's; one that is already loaded under that name takes its place.
    public override IReadOnlyList<string> TorchLibraries { get; } = ["omp", "c10", "torch_cpu", "torch"];

    public override IReadOnlyList<string> CudaLibraries => [];

    public override string? CudaDriver => null;

    public override IReadOnlyList<string> MpiLibraries { get; } = ["libmpi.40.dylib", "libmpi.12.dylib"];

    public override string MpiAdvice => "Open MPI is Homebrew's open-mpi.";

    public override string? Processor
    {
        get
        {
            const int Longest = 256;
            byte* name = stackalloc byte[Longest];
            nuint length = Longest;
            return SystemValue("machdep.cpu.brand_string", name, ref length, null, 0) == 0 && length > 0
                ? Encoding.UTF8.GetString(name, (int)length - 1) : null;
        }
    }

    public override long PeakMemory
    {
        get
        {
            const int Longs = 18, Peak = 4; // struct rusage: two times of two longs each, then ru_maxrss, in bytes on this system
            long* usage = stackalloc long[Longs];
            return GetUsage(0, usage) == 0 ? usage[Peak] : 0;
        }
    }

    public override string FileOf(string library) => $"lib{library}.dylib";

    // The dynamic linker binds all symbols as it loads a library, and names the first that is missing.
    public override IEnumerable<(string Library, string Symbol)> NeededSymbols(string path) => [];

    public override void SetVariable(string name, string value) => _ = SetEnvironment(name, value, overwrite: 0);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, long* usage);

    [LibraryImport("libc", EntryPoint = "sysctlbyname", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SystemValue(string name, void* value, ref nuint length, void* newValue, nuint newLength);
}
