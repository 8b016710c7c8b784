using SimClr.Cli.Reports;
using SimClr.RunFolders;

namespace SimClr.Cli.Tests.Reports;

public sealed class CurvePanelTests
{
    private static RunCurves Run(int points, params string[] keys)
    {
        long[] steps = [.. Enumerable.Range(1, points).Select(i => 50L * i)];
        double[] values = [.. steps.Select(step => Math.Round(Math.Sin(step), 4))];
        return new("run", 256, new RunClock(steps, values), keys.ToDictionary(key => key, _ => new CurveSeries(steps, values, values, values)));
    }

    [Fact]
    public void Unknown_numbers_have_panels_under_their_own_names() =>
        CurvePanel.For([Run(2, "probe_top1", "alignment", "loss")]).Select(p => p.Title).ShouldBe(["Loss", "alignment", "probe top1"]);

    [Fact]
    public void The_page_of_three_long_runs_stays_small()
    {
        var run = Run(1000, "loss", "learning_rate", "top1", "top5", "entropy", "gradient_norm", "images_per_second", "data_wait");
        var data = new ReportData { Title = "long", Subtitle = "", Runs = [run, run, run], Panels = CurvePanel.For([run]) };
        ReportPage.Render(data).Length.ShouldBeLessThan(1_500_000);
    }
}
