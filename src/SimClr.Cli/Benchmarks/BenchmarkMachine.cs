using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace SimClr.Cli.Benchmarks;

/// <summary>The machine and the versions of a measurement.</summary>
/// <param name="Cpu">As the system calls it.</param>
/// <param name="Processors">Logical ones that the program may use.</param>
/// <param name="Threads">Used.</param>
/// <param name="System">The operating system.</param>
/// <param name="Runtime">.NET's version.</param>
/// <param name="LibTorch">libtorch's version.</param>
/// <param name="Rival">Python's, PyTorch's and torchvision's versions; null without one.</param>
/// <param name="Peaks">Its peak arithmetic and bandwidth.</param>
internal sealed partial record BenchmarkMachine(string Cpu, int Processors, int Threads, string System,
    string Runtime, string LibTorch, string? Rival, string Peaks)
{
    public static BenchmarkMachine Describe(MachinePeaks peaks, string? rival) => new(
        Processor(), Environment.ProcessorCount, peaks.Threads, RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription, TorchSharp.torch.__version__, rival, peaks.ToString());

    /// <summary>The name of the machine's file, for example <c>intel-xeon-processor-2</c>: its processors are part of it.</summary>
    [JsonIgnore]
    public string Slug => $"{Other().Replace(Marks().Replace(Cpu, ""), "-").Trim('-').ToLowerInvariant()}-{Processors}";

    /// <summary>The program's version, with the commit it was built from.</summary>
    public static string Program =>
        typeof(BenchmarkMachine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static string Processor() => File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ", 2)[1] ?? "unknown";

    [GeneratedRegex(@"\((R|TM)\)|@.*$", RegexOptions.IgnoreCase)]
    private static partial Regex Marks();

    [GeneratedRegex("[^A-Za-z0-9]+")]
    private static partial Regex Other();
}
