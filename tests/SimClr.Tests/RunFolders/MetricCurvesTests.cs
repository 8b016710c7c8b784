using SimClr.RunFolders;

namespace SimClr.Tests.RunFolders;

public sealed class MetricCurvesTests : IDisposable
{
    private static readonly DateTime Start = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private MetricCurves Read(IEnumerable<string> lines)
    {
        File.WriteAllLines(folder.At("metrics.jsonl"), lines);
        return MetricCurves.Read(new RunFolder(folder.Root));
    }

    private static string Line(int step, string rest, double seconds = 0) => $"{{\"step\":{step},\"epoch\":0,{rest},\"time\":\"{Start.AddSeconds(seconds):O}\"}}";

    [Fact]
    public void A_short_run_keeps_every_step()
    {
        var curves = Read([Line(1, "\"loss\":5.25,\"top1\":0.5", 0), Line(2, "\"loss\":4.5,\"top1\":0.75", 2), Line(3, "\"loss\":4.25,\"top1\":1", 5)]);
        var run = curves.For("run", 8);

        run.Series.Keys.ShouldBe(["loss", "top1"]);
        run.Series["loss"].ShouldSatisfyAllConditions(s => s.Step.ShouldBe([1, 2, 3]), s => s.Value.ShouldBe([5.25, 4.5, 4.25]), s => s.Low.ShouldBeNull());
        run.Clock.Seconds.ShouldBe([0, 2, 5]);
        curves.Last("loss", 2).ShouldBe(4.375);
        curves.Last("nothing").ShouldBeNull();
    }

    [Fact]
    public void A_long_run_keeps_its_smallest_and_largest_values()
    {
        var random = new Random(1);
        double[] losses = [.. Enumerable.Range(0, 50_000).Select(_ => 4 + random.NextDouble())];
        (losses[12_345], losses[45_678]) = (0.5, 99);
        var curves = Read(losses.Select((loss, i) => Line(i + 1, FormattableString.Invariant($"\"loss\":{loss},\"learning_rate\":{random.NextDouble()},\"top1\":{random.NextDouble()},\"top5\":{random.NextDouble()},\"entropy\":{random.NextDouble()},\"gradient_norm\":{random.NextDouble()},\"images_per_second\":{random.NextDouble()},\"data_wait\":{random.NextDouble()}"), i)));
        var run = curves.For("run", 256);

        var loss = run.Series["loss"];
        loss.Step.Count.ShouldBeLessThanOrEqualTo(1000);
        loss.Step[^1].ShouldBe(50_000);
        loss.Low!.Min().ShouldBe(0.5);
        loss.High!.Max().ShouldBe(99);
        loss.Value.Average().ShouldBe(losses.Average(), 1e-3);
        run.Clock.Seconds[^1].ShouldBe(49_999);
    }

    [Fact]
    public void Unknown_numbers_become_curves_under_their_own_names()
    {
        var run = Read([Line(1, "\"probe_top1\":0.5,\"alignment\":1,\"word\":\"no\",\"loss\":1"), Line(2, "\"alignment\":2,\"nothing\":null")]).For("run", 8);
        run.Series["probe_top1"].Step.ShouldBe([1]);
        run.Series["alignment"].Step.ShouldBe([1, 2]);
    }

    [Fact]
    public void A_truncated_line_is_counted_and_skipped()
    {
        var curves = Read([Line(1, "\"loss\":1"), "{\"step\":2,\"loss\":2,", "[]", Line(3, "\"loss\":3")]);
        curves.DamagedLines.ShouldBe(2);
        curves.For("run", 1).Series["loss"].Step.ShouldBe([1, 3]);
    }

    [Fact]
    public void The_time_between_a_stop_and_a_resume_does_not_count()
    {
        var curves = Read([Line(1, "\"loss\":1", 0), Line(2, "\"loss\":1", 30), Line(3, "\"loss\":1", 90_000), Line(4, "\"loss\":1", 90_030)]);
        curves.Time.ShouldBe(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void A_run_without_a_file_has_no_curves()
    {
        var curves = MetricCurves.Read(new RunFolder(folder.Root));
        (curves.Steps, curves.Time).ShouldBe((0, TimeSpan.Zero));
        curves.For("run", 1).Series.ShouldBeEmpty();
    }
}
