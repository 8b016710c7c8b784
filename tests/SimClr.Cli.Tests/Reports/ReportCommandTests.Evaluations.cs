using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Reports;

public sealed partial class ReportCommandTests
{
    [Fact]
    public void The_accuracy_and_confusion_matrix_equal_those_of_evaluate()
    {
        var data = ReportedRuns.DataOf(runs.Page);
        // Evaluations of the weights alone are not saved with the run, so its other reports show none.
        string weights = Directory.GetDirectories(runs.In("first", "checkpoints")).Order(StringComparer.Ordinal).Last() + "/model.safetensors";
        var (exitCode, json, error) = InProcess.Run($"evaluate knn --weights {weights} --data {runs.Data} --projection --json");
        exitCode.ShouldBe(0, error);
        var expected = JsonNode.Parse(json)!["rows"]!.AsArray().Where(r => r!["variant"] is null && (int)r["k"]! == 10 && (bool)r["weighted"]!).ToDictionary(r => (string)r!["features"]!, r => 100 * (double)r!["top1"]!);

        var rows = ReportedRuns.Table(data, "evaluation");
        rows.Select(r => r[0]).ShouldBe(["encoder", "projection", "untrained", "pixels", "chance"]);
        foreach (string[] row in rows.Take(4)) double.Parse(row[1], CultureInfo.InvariantCulture).ShouldBe(expected[row[0]], 0.051);

        var counts = data["confusion"]!["counts"]!.AsArray().Select(r => r!.AsArray().Select(c => (int)c!).ToArray()).ToArray();
        counts.Sum(r => r.Sum()).ShouldBe(16);
        (100.0 * counts.Select((r, i) => r[i]).Sum() / 16).ShouldBe(expected["encoder"], 1e-9);
        var map = data["map"]!;
        map["label"]!.AsArray().Zip(map["predicted"]!.AsArray()).Count(p => (int)p.First! == (int)p.Second!).ShouldBe(counts.Select((r, i) => r[i]).Sum());
    }

    [Fact]
    public void Without_a_saved_evaluation_the_quick_evaluation_is_marked_as_such()
    {
        var figures = ReportedRuns.DataOf(runs.Page)["figures"]!.AsArray().Select(f => ((string)f!["name"]!, (string)f["value"]!)).ToList();
        figures[0].ShouldBe(("quick kNN on a sample of 16 images of photos", $"{ReportedRuns.Table(ReportedRuns.DataOf(runs.Page), "evaluation")[0][1]} %"));
        figures.Select(f => f.Item1).ShouldNotContain("kNN top-1");
        ((string)ReportedRuns.DataOf(runs.Page)["confusion"]!["note"]!).ShouldContain("quick kNN on a sample");
    }

    [Fact]
    public void With_saved_evaluations_only_their_figures_are_shown_with_their_images()
    {
        string evaluated = runs.In("evaluated"), page = runs.In("evaluated.html");
        TemporaryFolder.Copy(runs.In("first"), evaluated);
        var (exitCode, json, error) = InProcess.Run($"evaluate knn --weights {evaluated} --data {runs.Data} --threads 1 --json --quiet");
        exitCode.ShouldBe(0, error);
        var report = JsonNode.Parse(json)!;
        // An older evaluation, of other images, on which the encoder is worse than the pixels.
        var other = report.DeepClone();
        other["data"] = "elsewhere (40 training, 10 test images)";
        foreach (var row in other["rows"]!.AsArray()) row!["top1"] = (string)row["features"]! == "encoder" ? 0.125 : 0.75;
        File.WriteAllText(Path.Combine(evaluated, "evaluations", "knn-2.json"), other.ToJsonString());
        File.SetLastWriteTimeUtc(Path.Combine(evaluated, "evaluations", "knn-2.json"), DateTime.UtcNow.AddDays(-1));

        InProcess.Run($"report {evaluated} --threads 1 --output {page}").ExitCode.ShouldBe(0);

        var data = ReportedRuns.DataOf(page);
        double top1 = 100 * (double)report["rows"]![0]!["top1"]!;
        var figures = data["figures"]!.AsArray();
        ((string)figures[0]!["name"]!, (string)figures[0]!["value"]!).ShouldBe(("kNN top-1", string.Create(CultureInfo.InvariantCulture, $"{top1:f1} %")));
        ((string)figures[0]!["note"]!).ShouldStartWith("of photos (64 training, 16 test images); pixels ");
        figures.Select(f => (string)f!["name"]!).Distinct().Count().ShouldBe(figures.Count);
        figures.ShouldAllBe(f => !((string)f!["name"]!).Contains("quick", StringComparison.Ordinal));
        var rows = ReportedRuns.Table(data, "evaluation");
        rows[0].Take(5).ShouldBe(["kNN", "photos (64 training, 16 test images)", "encoder", "k = 10, weighted", string.Create(CultureInfo.InvariantCulture, $"{top1:f1}")]);
        rows.Where(r => r[1].StartsWith("elsewhere", StringComparison.Ordinal) && r[2] == "pixels").ShouldHaveSingleItem()[4].ShouldBe("75.0");
        data["confusion"]!["counts"]!.ToJsonString().ShouldBe(report["rows"]![0]!["confusion"]!.ToJsonString());
        ((string)data["confusion"]!["note"]!).ShouldContain("photos (64 training, 16 test images)");

        // The list shows the same, and marks a figure below that of the pixels.
        string list = InProcess.Run($"runs {evaluated}").Output;
        list.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"{top1:f2}"));
        list.ShouldContain("photos");
        list.ShouldNotContain("12.50↓");
        File.SetLastWriteTimeUtc(Path.Combine(evaluated, "evaluations", "knn-2.json"), DateTime.UtcNow.AddDays(1));
        list = InProcess.Run($"runs {evaluated}").Output;
        list.ShouldContain("12.50↓");
        list.ShouldContain($"{evaluated}: kNN 12.50 of elsewhere is below the pixels' 75.00.");
        InProcess.Run($"report {evaluated} --threads 1 --output {page}").ExitCode.ShouldBe(0);
        ((string)ReportedRuns.DataOf(page)["figures"]![0]!["note"]!).ShouldBe("of elsewhere (40 training, 10 test images); pixels 75.0; untrained 75.0: below the pixels and the untrained encoder");

        // Beside another run it is also the newest evaluation, and the other run's is a quick look.
        InProcess.Run($"report {evaluated} {runs.In("second")} --output {page}").ExitCode.ShouldBe(0);
        var results = ReportedRuns.Table(ReportedRuns.DataOf(page), "results");
        (results[0][7], results[0][8]).ShouldBe(("12.5", "elsewhere (40 training, 10 test images); pixels 75.0; untrained 75.0: below the pixels and the untrained encoder"));
        results[1][8].ShouldStartWith("quick kNN on a sample of 16 images of photos: ");
    }
}
