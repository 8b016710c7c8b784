using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SimClr.Cli.Benchmarks;
using SimClr.Cli.Commands;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Benchmarks;

/// <summary>The speed tables of README.md (five rows) and docs/speed.md (every row) are generated from the file of results that their first line names.</summary>
public sealed partial class SpeedTablesTests
{
    private const string Begin = "<!-- from benchmarks/results/", End = "<!-- to here -->";

    // README's rows: the benchmark and what it is in words.
    private static readonly (string Name, string Words)[] Short =
    [
        ("views-224", "views of 224 px from a decoded photo, one thread"),
        ("jpeg-224", "JPEG files read and decoded, two views of each, one thread"),
        ("loss-4096", "NT-Xent and its gradient, 4,096 views"),
        ("step-resnet18-32", "training step, ResNet-18 at 32 px, batch 256"),
        ("embed-resnet18-32", "embedding, ResNet-18 at 32 px"),
    ];

    [GeneratedRegex(@"<!-- from (benchmarks/results/[\w.-]+\.json) -->\n(.*?)<!-- to here -->", RegexOptions.Singleline)]
    private static partial Regex Marked();

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/speed.md")]
    public void A_table_is_what_the_results_say(string page)
    {
        string text = File.ReadAllText(Path.Combine(ReadmeTests.Root, page));
        var marked = Marked().Match(text);
        marked.Success.ShouldBeTrue($"{page} has no lines {Begin}….json --> and {End}");
        var results = BenchmarkResults.Read(Path.Combine(ReadmeTests.Root, marked.Groups[1].Value));
        string table = Head(results) + (page == "README.md" ? $"\n{ShortTable(results)}" : $"`{results.Command}`\n\n{FullTable(results)}");
        if (marked.Groups[2].Value == table) return;

        string received = Path.Combine(AppContext.BaseDirectory, Path.ChangeExtension(Path.GetFileName(page), ".received.md"));
        File.WriteAllText(received, string.Concat(text.AsSpan(0, marked.Groups[2].Index), table, text.AsSpan(marked.Groups[2].Index + marked.Groups[2].Length)));
        Assert.Fail($"The speed table of {page} is not what {marked.Groups[1].Value} says. If the results are newer than the table:\n  cp {Path.GetRelativePath(ReadmeTests.Root, received)} {page}");
    }

    [Fact]
    public void Every_file_of_results_has_the_name_of_its_machine_and_names_of_the_catalogue_in_its_order()
    {
        string[] files = Directory.GetFiles(Path.Combine(ReadmeTests.Root, "benchmarks", "results"), "*.json");
        files.ShouldNotBeEmpty();
        foreach (string file in files)
        {
            var results = BenchmarkResults.Read(file);
            Path.GetFileNameWithoutExtension(file).ShouldBe(results.Machine.Slug);
            string[] names = [.. results.Results.Select(r => r.Name)]; // older files have fewer
            names.ShouldBe(BenchmarkCatalog.All.Select(b => b.Name).Where(names.Contains), file);
            results.Program.ShouldContain("+"); // the commit
        }
    }

    private static string Head(BenchmarkResults results)
    {
        var m = results.Machine;
        string program = results.Program[..(results.Program.IndexOf('+', StringComparison.Ordinal) + 8)];
        return string.Create(CultureInfo.InvariantCulture, $"""
            Measured on {results.Date:yyyy-MM-dd}: {m.Cpu}, {m.Threads} threads, {m.Runtime}, libtorch {m.LibTorch}, version {program}.
            Compared with {m.Rival}.

            """);
    }

    private static string ShortTable(BenchmarkResults results)
    {
        var table = new StringBuilder("| | SimCLR for .NET | PyTorch | times faster |\n|---|---|---|---|\n");
        foreach (var (name, words) in Short)
        {
            var r = results.Results.Single(r => r.Name == name);
            table.Append($"| {words} | {BenchOutput.Number(r.Value)} {r.Unit} | {BenchOutput.Number(r.Rival?.Value)} {r.Unit} | {BenchOutput.Number(r.Speedup)} |\n");
        }
        return table.ToString();
    }

    private static string FullTable(BenchmarkResults results)
    {
        var table = new StringBuilder("| benchmark | | | × floor | MB | PyTorch | × PyTorch | its MB |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var r in results.Results)
            table.Append($"| {r.Name} | {BenchOutput.Number(r.Value)} | {r.Unit} | {BenchOutput.Number(r.Ratio)} | {BenchOutput.Number(r.MemoryMB)} | {BenchOutput.Number(r.Rival?.Value)} | {BenchOutput.Number(r.Speedup)} | {BenchOutput.Number(r.Rival?.MemoryMB)} |\n");
        return table.ToString();
    }
}
