using SimClr.Evaluation;
using SimClr.RunFolders;
using TorchSharp;

namespace SimClr.Tests.RunFolders;

public sealed class SavedEvaluationTests : IDisposable
{
    private readonly TempFolder temporary = new();
    private readonly RunFolder run;

    public SavedEvaluationTests()
    {
        SimClr.Runtime.LibTorch.Load();
        run = new RunFolder(temporary.Root);
    }

    public void Dispose() => temporary.Dispose();

    // The number of correct images among four test images of two classes.
    private static EvaluationRow Row(string features, int right, string variant = "")
    {
        using var scores = torch.tensor(Enumerable.Range(0, 4).SelectMany(i => i < right ? new[] { 1f, 0f } : [0f, 1f]).ToArray()).reshape(4, 2);
        using var labels = torch.zeros(4, torch.int64);
        return new EvaluationRow(features, [TestScores.Of(scores, labels)]) { Variant = variant, Parameters = variant.Length > 0 ? [] : [("k", 10), ("weighted", true)] };
    }

    private static EvaluationReport Report(string data, int encoder, int pixels, int untrained, string protocol = "knn") =>
        new(protocol, protocol, data, "somewhere, step 4", [Row("encoder", encoder), Row("encoder", 4, "chosen"), Row("untrained", untrained), Row("untrained", 4, "chosen"), Row("pixels", pixels)]) { Classes = ["a", "b"] };

    [Fact]
    public void Evaluations_on_different_images_do_not_replace_each_other()
    {
        run.Keep(Report("one (5 training, 4 test images)", 1, 0, 0));
        run.Keep(Report("two (6 training, 4 test images)", 2, 0, 0));
        run.Keep(Report("two (6 training, 4 test images)", 3, 0, 0, "linear"));
        run.Keep(Report("one (5 training, 4 test images)", 4, 0, 0)); // replaces the first
        File.WriteAllText(Path.Combine(run.EvaluationsFolder, "linear-2.json"), "{}");
        run.Keep(Report("three (1 training, 4 test images)", 1, 0, 0, "linear")); // and the damaged ones

        Directory.GetFiles(run.EvaluationsFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["knn-2.json", "knn.json", "linear-2.json", "linear.json"]);
        run.Evaluations().Select(e => (e.Protocol, e.DataName, e.Top1)).Order()
            .ShouldBe([("knn", "one", 1.0), ("knn", "two", 0.5), ("linear", "three", 0.25), ("linear", "two", 0.75)]);
    }

    [Fact]
    public void Other_images_of_the_same_name_and_number_do_not_replace_a_record()
    {
        EvaluationReport Of(string train, int right) => Report("photos (5 training, 4 test images)", right, 0, 0) with { Audit = new() { ["train_sha256"] = train } };
        run.Keep(Of("aa", 1));
        run.Keep(Of("bb", 2));
        run.Keep(Of("bb", 3)); // replaces the second
        run.Evaluations().Select(e => (Path.GetFileName(e.File), e.Top1)).Order().ShouldBe([("knn-2.json", 0.75), ("knn.json", 0.25)]);
    }

    [Fact]
    public void A_figure_below_the_baselines_is_marked()
    {
        SavedEvaluation Saved(int encoder, int pixels, int untrained)
        {
            run.Keep(Report("x (5 training, 4 test images)", encoder, pixels, untrained));
            return run.Evaluations().Single();
        }
        Saved(2, 1, 2).Above.ShouldBeNull();
        Saved(1, 2, 1).Above!.Features.ShouldBe("pixels");
        Saved(1, 2, 3).Above!.Features.ShouldBe("untrained");
        // by the same classifier, not by the chosen one
        Saved(1, 2, 3).Baselines.Select(b => (b.Features, b.Top1)).ShouldBe([("pixels", 0.5), ("untrained", 0.75)]);
    }

    [Fact]
    public void The_newest_evaluation_comes_first_with_its_matrix()
    {
        run.Keep(Report("old (5 training, 4 test images)", 1, 0, 0));
        run.Keep(Report("new (5 training, 4 test images)", 3, 0, 0));
        File.SetLastWriteTimeUtc(Path.Combine(run.EvaluationsFolder, "knn.json"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.SetLastWriteTimeUtc(Path.Combine(run.EvaluationsFolder, "knn-2.json"), new DateTime(2030, 1, 2, 0, 0, 0, DateTimeKind.Utc));
        var newest = run.Evaluations()[0];
        (newest.DataName, newest.Name).ShouldBe(("new", "kNN"));
        newest.Confusion.Select(row => string.Join(' ', row)).ShouldBe(["3 1", "0 0"]);
        newest.Classes.ShouldBe(["a", "b"]);
    }
}
