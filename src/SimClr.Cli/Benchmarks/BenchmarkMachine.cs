using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using SimClr.Runtime;

namespace SimClr.Cli.Benchmarks;

/// <summary>The machine and the versions of a measurement.</summary>
/// <param name="Cpu">The name of the processor, as the system reports it.</param>
/// <param name="Processors">Logical processors that the program may use.</param>
/// <param name="Threads">Threads that were used.</param>
/// <param name="System">The operating system.</param>
/// <param name="Runtime">.NET's version.</param>
/// <param name="LibTorch">libtorch's version.</param>
/// <param name="Rival">The versions of Python, PyTorch and torchvision; null if they were not measured.</param>
/// <param name="Peaks">The peak arithmetic and bandwidth of the machine.</param>
/// <param name="Vectors">The widest vectors that the kernels use: avx512 or avx2; null in older files.</param>
internal sealed partial record BenchmarkMachine(string Cpu, int Processors, int Threads, string System,
    string Runtime, string LibTorch, string? Rival, string Peaks, string? Vectors = null)
{
    public static BenchmarkMachine Describe(MachinePeaks peaks, string? rival) => new(
        Machine.Processor, Environment.ProcessorCount, peaks.Threads, RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription, TorchSharp.torch.__version__, rival, peaks.ToString(),
        Vector512.IsHardwareAccelerated ? "avx512" : "avx2");

    /// <summary>The name of the machine's file, for example <c>intel-xeon-processor-2</c>: it includes the number of processors.</summary>
    [JsonIgnore]
    public string Slug => $"{Other().Replace(Marks().Replace(Cpu, ""), "-").Trim('-').ToLowerInvariant()}-{Processors}" +
        (Vectors is null ? "" : $"-{Vectors}");

    /// <summary>The version of the program, with its commit.</summary>
    public static string Program =>
        typeof(BenchmarkMachine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    [GeneratedRegex(@"\((R|TM)\)|@.*$", RegexOptions.IgnoreCase)]
    private static partial Regex Marks();

    [GeneratedRegex("[^A-Za-z0-9]+")]
    private static partial Regex Other();
}
