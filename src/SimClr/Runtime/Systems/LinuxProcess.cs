using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>Linux on x86-64, with glibc.</summary>
/// <remarks>
/// <c>libLibTorchSharp.so</c> of TorchSharp 0.107.0 requires the symbol version GLIBCXX_3.4.32 (GCC 13) of libstdc++ but uses no symbol of
/// it. Debian 12 and Ubuntu 22.04 have the libstdc++ of GCC 12, so the dynamic linker refuses the file. The remedy is a copy in memory in
/// which this requirement is marked weak. The copy uses memfd_create and writes nothing to a disk, so a read-only installation and several
/// processes at once work. All other requirements stay and are still checked.
/// </remarks>
internal sealed unsafe partial class LinuxProcess : HostProcess
{
    private const string UnusedVersion = "GLIBCXX_3.4.32";
    private const string UnusedSymbol = "_ZSt21ios_base_library_initv"; // the symbol with this version, which the file does not use
    private const int Niceness = 5;

    public override string RuntimeIdentifier => "linux-x64";

    public override IReadOnlyList<string> TorchLibraries { get; } = ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"];

    public override IReadOnlyList<string> CudaLibraries { get; } = ["c10_cuda"]; // and what it needs

    public override string? CudaDriver => "libcuda.so.1";

    public override bool HasGpu => File.Exists("/dev/nvidia0");

    // Open MPI 4 and 5 · MPICH 3.2 to 4, Intel MPI, MVAPICH (the common ABI) · the same under Debian's name.
    public override IReadOnlyList<string> MpiLibraries { get; } = ["libmpi.so.40", "libmpi.so.12", "libmpich.so.12"];

    public override string MpiAdvice => "Open MPI is Debian's openmpi-bin.";

    public override IReadOnlyList<string> NcclLibraries { get; } = ["libnccl.so.2", "libnccl.so"];

    public override bool ServesTensorMemory => true;

    public override string? Processor => Lines("/proc/cpuinfo", "model name").FirstOrDefault()?.Split(": ", 2)[1];

    public override string AllowedProcessors => Lines("/proc/self/status", "Cpus_allowed_list:").First().Split(':')[1].Trim();

    public override long ResidentMemory => Bytes("VmRSS:");

    public override long PeakMemory => Bytes("VmHWM:");

    public override bool ResetPeakMemory()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5"); // proc(5): resets VmHWM
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public override string FileOf(string library) => $"lib{library}.so";

    public override nint LoadBinding(string path)
    {
        try
        {
            return Load(path);
        }
        catch (PlatformNotSupportedException e) when (e.InnerException!.Message.Contains(UnusedVersion, StringComparison.Ordinal))
        {
            return LoadWithoutUnusedVersion(path);
        }
    }

    // operator delete(void*, size_t)
    public override void DelayFrees(nint binding) =>
        LinuxImports.Replace(binding, "_ZdlPvm", (nint)(delegate* unmanaged[Cdecl]<void*, nuint, void>)&Delete);

    // The dynamic linker looks through all libraries that torch_cpu needs.
    public override IEnumerable<(string Library, string Symbol)> NeededSymbols(string path) =>
        ElfSymbols.Needed(File.ReadAllBytes(path)).Where(name => name != UnusedSymbol).Select(name => ("torch_cpu", name));

    // Only the process's own environment reaches native code, and .NET has a copy of its own.
    public override void SetVariable(string name, string value) => _ = SetEnvironment(name, value, overwrite: 0);

    public override void LowerThreadPriority() => _ = SetPriority(0, 0, Niceness); // of this thread alone

    protected override string Explain(string path, string message) =>
        message.Contains("GLIBC", StringComparison.Ordinal)
            ? $"{path} needs a newer C or C++ library than this system has (GCC 12's libstdc++ at least: " +
                $"Debian 12, Ubuntu 22.04 or later): {message}"
            : base.Explain(path, message);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Delete(void* block, nuint bytes) => ScalarMemory.Free(block, bytes);

    private nint LoadWithoutUnusedVersion(string path)
    {
        var library = File.ReadAllBytes(path);
        _ = ElfVersionRequirements.MakeWeak(library, UnusedVersion);
        int fd = CreateMemoryFile("libLibTorchSharp.so", 0);
        if (fd < 0)
            throw new PlatformNotSupportedException($"{path} needs a copy in memory on this system, " +
                $"and memfd_create failed with errno {Marshal.GetLastPInvokeError()}.");
        using var file = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(fd, ownsHandle: true), FileAccess.Write);
        file.Write(library);
        file.Flush();
        return Load($"/proc/self/fd/{fd}");
    }

    private static IEnumerable<string> Lines(string file, string start) =>
        File.ReadLines(file).Where(line => line.StartsWith(start, StringComparison.Ordinal));

    private static long Bytes(string field) => Lines("/proc/self/status", field)
        .Select(line => 1024 * long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture)).FirstOrDefault();

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int CreateMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int niceness);
}
