using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SimClr.Cli.Benchmarks;
using SimClr.Cli.Commands;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Benchmarks;

/// <summary>README's table of speeds is made from the file of results that its first line names.</summary>
public sealed partial class ReadmeSpeedTests
{
    private const string Begin = "<!-- from benchmarks/results/", End = "<!-- to here -->";

    [GeneratedRegex(@"<!-- from (benchmarks/results/[\w.-]+\.json) -->\n(.*?)<!-- to here -->", RegexOptions.Singleline)]
    private static partial Regex Marked();

    [Fact]
    public void The_table_is_what_the_results_say()
    {
        string path = Path.Combine(ReadmeTests.Root, "README.md"), text = File.ReadAllText(path);
        var marked = Marked().Match(text);
        marked.Success.ShouldBeTrue($"README.md has no lines {Begin}….json --> and {End}");
        string table = Table(BenchmarkResults.Read(Path.Combine(ReadmeTests.Root, marked.Groups[1].Value)));
        if (marked.Groups[2].Value == table) return;

        string received = Path.Combine(AppContext.BaseDirectory, "README.received.md");
        File.WriteAllText(received, string.Concat(text.AsSpan(0, marked.Groups[2].Index), table, text.AsSpan(marked.Groups[2].Index + marked.Groups[2].Length)));
        Assert.Fail($"README.md's table of speeds is not what {marked.Groups[1].Value} says. If the results are the newer ones:\n  cp {Path.GetRelativePath(ReadmeTests.Root, received)} README.md");
    }

    [Fact]
    public void Every_file_of_results_has_the_name_of_its_machine_and_whole_lists()
    {
        string[] files = Directory.GetFiles(Path.Combine(ReadmeTests.Root, "benchmarks", "results"), "*.json");
        files.ShouldNotBeEmpty();
        foreach (string file in files)
        {
            var results = BenchmarkResults.Read(file);
            Path.GetFileNameWithoutExtension(file).ShouldBe(results.Machine.Slug);
            results.Results.Select(r => r.Name).ShouldBe(BenchmarkCatalog.All.Select(b => b.Name), file);
            results.Program.ShouldContain("+"); // the commit
        }
    }

    private static string Table(BenchmarkResults results)
    {
        var m = results.Machine;
        var table = new StringBuilder();
        table.Append(CultureInfo.InvariantCulture, $"{m.Cpu}, {m.Threads} threads, {m.Runtime}, libtorch {m.LibTorch}; {results.Date:yyyy-MM-dd}, {results.Program[..(results.Program.IndexOf('+', StringComparison.Ordinal) + 8)]}.\n");
        table.Append(CultureInfo.InvariantCulture, $"Beside it: {m.Rival}. `{results.Command}`\n\n");
        table.Append("| benchmark | | | × floor | MB | PyTorch | × PyTorch | its MB |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var r in results.Results)
            table.Append($"| {r.Name} | {BenchOutput.Number(r.Value)} | {r.Unit} | {BenchOutput.Number(r.Ratio)} | {BenchOutput.Number(r.MemoryMB)} | {BenchOutput.Number(r.Rival?.Value)} | {BenchOutput.Number(r.Speedup)} | {BenchOutput.Number(r.Rival?.MemoryMB)} |\n");
        return table.ToString();
    }
}
