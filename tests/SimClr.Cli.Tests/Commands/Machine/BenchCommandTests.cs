using System.Diagnostics;
using System.Text.Json.Nodes;
using SimClr.Cli.Benchmarks;
using SimClr.Cli.Commands;
using SimClr.Tests;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed class BenchCommandTests
{
    private static JsonArray List(string printed, params string[] names)
    {
        var list = JsonNode.Parse(printed)!.AsArray();
        list.Select(r => (string)r!["name"]!).ShouldBe(names);
        foreach (var result in list)
        {
            foreach (string key in (string[])["value", "floor"]) ((double)result![key]!).ShouldBeInRange(double.Epsilon, double.MaxValue, $"{result["name"]} {key}");
            if (result!["memoryMB"] is { } memory) ((double)memory).ShouldBeGreaterThanOrEqualTo(0);
        }
        return list;
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void Views_are_measured_and_printed_as_a_list_of_objects()
    {
        var (exitCode, output, error) = Simclr.Run("bench views --quick --json --quiet --threads 1");
        exitCode.ShouldBe(0, error);
        var list = List(output, "views-32", "views-32-blur", "views-96", "views-224", "jpeg-224");
        list.Select(r => (string)r!["unit"]!).ShouldBe(["views/s", "views/s", "views/s", "views/s", "images/s"]);
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void The_table_has_the_same_figures_as_the_file_and_the_rival_beside_them()
    {
        Python.Run("");
        using var folder = new TemporaryFolder();
        var (exitCode, output, error) = Simclr.Run($"bench loss-4096-dense views-32 jpeg-224 --quick --threads 1 --rival /usr/bin/python3 --output {folder.Path}");
        exitCode.ShouldBe(0, error);
        string file = Directory.GetFiles(folder.Path).Single();
        error.ShouldContain($"written to {file}");
        var results = BenchmarkResults.Read(file);
        Path.GetFileNameWithoutExtension(file).ShouldBe(results.Machine.Slug);
        results.Machine.Rival!.ShouldContain("PyTorch");
        results.Command.ShouldStartWith("simclr bench loss-4096-dense");
        results.Results.Select(r => r.Name).ShouldBe(["views-32", "jpeg-224", "loss-4096-dense"]); // in catalogue order
        foreach (var r in results.Results)
        {
            r.Rival!.Unit.ShouldBe(r.Unit);
            r.Rival.Value.ShouldBeGreaterThan(0);
            string[] cells = output.Split('\n').Single(l => l.TrimStart().StartsWith(r.Name + " ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            cells[1].ShouldBe(BenchOutput.Number(r.Value));
            cells.ShouldContain(BenchOutput.Number(r.Speedup));
        }
    }

    [Theory]
    [InlineData("bench nonsense", 2, "nonsense")]
    [InlineData("bench", 2, "WHAT")]
    [InlineData("bench views-32 --quick --rival /usr/bin/false", 1, "--rival /usr/bin/false")]
    [InlineData("bench views-32 --quick --rival /no/such/python", 1, "--rival /no/such/python cannot be started")]
    [InlineData("bench jpeg-224 --quick --data /no/such/folder", 1, "/no/such/folder")]
    public void Errors_are_one_line(string arguments, int exitCode, string part)
    {
        if (arguments.Contains("/usr/bin/false", StringComparison.Ordinal)) Needs.Linux("/usr/bin/false");
        var wrong = InProcess.Run(arguments);
        (wrong.ExitCode, wrong.Output).ShouldBe((exitCode, ""));
        wrong.Error.TrimEnd().Split('\n').Length.ShouldBe(1, wrong.Error);
        wrong.Error.ShouldContain(part.StartsWith('/') ? Path.GetFullPath(part) : part);
    }

    [Theory]
    [InlineData("python.exe")]
    [InlineData("python.txt")]
    public void A_rival_that_is_no_program_is_refused_in_one_line(string name)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.In(name), "This is no program.\n");
        var wrong = InProcess.Run($"bench views-32 --quick --rival {folder.In(name)}");
        (wrong.ExitCode, wrong.Output).ShouldBe((1, ""));
        wrong.Error.TrimEnd().Split('\n').Length.ShouldBe(1, wrong.Error);
        wrong.Error.ShouldContain($"--rival {folder.In(name)} cannot be started: ");
    }

    [Fact]
    public void A_rival_that_is_another_program_is_refused_with_what_it_printed()
    {
        Needs.Linux("/bin/echo");
        var wrong = InProcess.Run("bench views-32 --quick --rival /bin/echo");
        (wrong.ExitCode, wrong.Output).ShouldBe((1, ""));
        wrong.Error.ShouldContain("--rival /bin/echo: it is no Python, it printed '- --version' (it needs torch and torchvision");
    }

    [Fact]
    public void A_rival_has_as_many_threads_as_we_have_and_they_sleep_while_they_wait_as_ours_do()
    {
        Needs.Linux("/bin/sh");
        using var folder = new TemporaryFolder();
        string python = folder.In("python");
        File.WriteAllText(python, """
            #!/bin/sh
            if [ "$2" = --version ]; then printf 'PyTorch\nviews-32\n'; exit; fi
            cat >/dev/null
            echo '[{"name":"views-32","value":'$OMP_NUM_THREADS$OPENBLAS_NUM_THREADS',"unit":"'$OMP_WAIT_POLICY'","memoryMB":7}]'
            """.ReplaceLineEndings("\n"));
        Process.Start("chmod", ["+x", python]).WaitForExit();
        using var images = new BenchmarkImages(null);
        string waiting = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? "PASSIVE"; // a user's own choice stays
        new Rival(python).Measure("views-32", new BenchmarkSettings(3, Quick: true, images)).ShouldBe(new RivalMeasurement("views-32", 33, waiting, 7));
    }

    [Fact]
    public void A_file_with_other_content_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.In("x.json"), "{\"results\":[]}");
        Should.Throw<InvalidDataException>(() => BenchmarkResults.Read(folder.In("x.json"))).Message.ShouldContain("x.json holds no results");
    }
}
