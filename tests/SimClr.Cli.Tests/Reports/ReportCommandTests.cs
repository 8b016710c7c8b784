using System.Globalization;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Reports;

[Collection(nameof(ReportedRuns))]
public sealed partial class ReportCommandTests(ReportedRuns runs)
{
    [Fact]
    public void A_report_has_every_section_in_one_small_file()
    {
        runs.Output.Trim().ShouldBe(runs.Page);
        new FileInfo(runs.Page).Length.ShouldBeLessThan(5_000_000);
        string html = File.ReadAllText(runs.Page);
        foreach (string reference in (string[])["src=\"http", "href=\"http", "url(http", "@import", "fetch(", "XMLHttpRequest"]) html.ShouldNotContain(reference);

        var data = ReportedRuns.DataOf(runs.Page);
        data["pictures"]!.AsArray().Select(p => (string)p!["section"]!).Order().ShouldBe(["alike", "filters", "hardest", "neighbours", "views"]);
        data["tables"]!.AsArray().Select(t => (string)t!["section"]!).Order().ShouldBe(["evaluation", "facts", "recipe"]);
        data["panels"]!.AsArray().Select(p => (string)p!["title"]!).Take(3).ShouldBe(["Loss", "Contrastive accuracy", "Learning rate"]);
        data["map"]!["x"]!.AsArray().Count.ShouldBe(16); // a fifth of every class is held out
        data["notes"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public void Rows_of_neighbours_are_marked_right_or_wrong_by_their_labels()
    {
        var neighbours = ReportedRuns.DataOf(runs.Page)["pictures"]!.AsArray().Single(p => (string)p!["section"]! == "neighbours")!["rows"]!.AsArray();
        foreach (var row in neighbours)
        {
            var pictures = row!["pictures"]!.AsArray();
            string query = (string)pictures[0]!["caption"]!;
            ((string)row["mark"]! == "right").ShouldBe((string)row["caption"]! == query);
            foreach (var picture in pictures.Skip(1)) ((string)picture!["mark"]! == "right").ShouldBe(((string)picture["caption"]!).Split('\n')[0] == query);
            double[] cosines = [.. pictures.Skip(1).Select(p => double.Parse(((string)p!["caption"]!).Split('\n')[1], CultureInfo.InvariantCulture))];
            cosines.ShouldBe(cosines.OrderDescending());
        }
    }

    [Fact]
    public void Reports_of_the_same_run_are_equal()
    {
        string again = runs.In("again.html");
        InProcess.Run($"report {runs.In("first")} --threads 1 --output {again}").ExitCode.ShouldBe(0);
        File.ReadAllText(again).ShouldBe(File.ReadAllText(runs.Page));
    }

    [Fact]
    public void Without_its_images_a_report_says_so_and_shows_the_rest()
    {
        string page = runs.In("nowhere.html");
        var (exitCode, _, error) = InProcess.Run($"report {runs.In("first")} --data /nowhere --output {page}");
        exitCode.ShouldBe(0, error);
        error.ShouldContain("/nowhere does not exist");
        var data = ReportedRuns.DataOf(page);
        ((string)data["notes"]![0]!).ShouldContain("first: no images and no evaluation: /nowhere does not exist");
        data["runs"]!.AsArray().Count.ShouldBe(1);
        data["pictures"]!.AsArray().Select(p => (string)p!["section"]!).ShouldBe(["filters"]);
        data["map"].ShouldBeNull();
    }

    [Fact]
    public void Images_without_labels_are_coloured_by_cluster()
    {
        string flat = runs.In("flat"), page = runs.In("flat.html");
        Directory.CreateDirectory(flat);
        foreach (string file in Directory.GetFiles(runs.Data, "*.png", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(flat, $"{(uint)Path.GetDirectoryName(file)!.GetHashCode(StringComparison.Ordinal)}-{Path.GetFileName(file)}"), overwrite: true);
        File.WriteAllBytes(Path.Combine(flat, "zz.png"), [137, 80, 78, 71]); // damaged

        var (exitCode, _, error) = InProcess.Run($"report {runs.In("first")} --data {flat} --output {page} --images 81");

        exitCode.ShouldBe(0, error);
        error.ShouldContain("zz.png");
        var data = ReportedRuns.DataOf(page);
        data["confusion"].ShouldBeNull();
        data["map"]!["label"].ShouldBeNull();
        data["map"]!["cluster"]!.AsArray().Count.ShouldBe(50); // complete batches of views
        data["tables"]!.AsArray().ShouldAllBe(t => (string)t!["section"]! != "evaluation");
        var row = data["pictures"]!.AsArray().Single(p => (string)p!["section"]! == "neighbours")!["rows"]![0]!;
        row["mark"].ShouldBeNull();
        row["pictures"]!.AsArray().Count.ShouldBe(7); // without the image itself
    }

    [Fact]
    public void Runs_are_compared_by_their_differences()
    {
        string page = runs.In("both.html");
        var (exitCode, output, error) = InProcess.Run($"report {runs.In("first")} {runs.In("second")} --output {page}");
        exitCode.ShouldBe(0, error);
        output.Trim().ShouldBe(page);
        var data = ReportedRuns.DataOf(page);
        ReportedRuns.Table(data, "differences").ShouldBe([["temperature", "0.2", "0.1"]]);
        var results = ReportedRuns.Table(data, "results");
        results.Select(r => r[0]).ShouldBe(["first", "second"]);
        results.Select(r => r[1]).ShouldBe(["20 of 20", "20 of 20"]);
        results[0][7].ShouldBe(ReportedRuns.Table(ReportedRuns.DataOf(runs.Page), "evaluation")[0][1]);
        data["runs"]!.AsArray().Select(r => (string)r!["name"]!).ShouldBe(["first", "second"]);
    }

    [Fact]
    public void A_run_without_a_checkpoint_or_a_step_still_has_its_recipe()
    {
        string young = runs.In("young"), page = runs.In("young.html");
        Directory.CreateDirectory(young);
        foreach (string name in (string[])["recipe.yaml", "run.json"]) File.Copy(runs.In("first", name), Path.Combine(young, name), overwrite: true);
        var (exitCode, _, error) = InProcess.Run($"report {young} --output {page}");
        exitCode.ShouldBe(0, error);
        var data = ReportedRuns.DataOf(page);
        string.Join('\n', data["notes"]!.AsArray().Select(n => (string)n!)).ShouldContain("has no checkpoint yet");
        string.Join('\n', data["notes"]!.AsArray().Select(n => (string)n!)).ShouldContain("metrics.jsonl has no step yet");
        ReportedRuns.Table(data, "recipe").ShouldContain(r => r[0] == "encoder.width" && r[1] == "0.0625" && r[2] == "1.0");
    }

    [Theory]
    [InlineData("report", 2, "Required argument 'RUN' missing")]
    [InlineData("report /nowhere", 1, "/nowhere is not a run folder")]
    [InlineData("report RUN --images 1", 2, "--images must be at least 2")]
    [InlineData("report RUN --device tpu", 2, "not 'tpu'")]
    [InlineData("report RUN /nowhere", 1, "/nowhere is not a run folder")]
    public void Bad_input_gets_one_clear_sentence_and_no_page(string arguments, int expected, string sentence)
    {
        string page = runs.In("never.html");
        var (exitCode, output, error) = InProcess.Run($"{arguments.Replace("RUN", runs.In("second"), StringComparison.Ordinal)} --output {page}");
        exitCode.ShouldBe(expected, error);
        error.ShouldContain(sentence.Replace("/nowhere", Path.GetFullPath("/nowhere"), StringComparison.Ordinal));
        error.ShouldNotContain("   at ");
        output.ShouldBe("");
        File.Exists(page).ShouldBeFalse();
    }
}
