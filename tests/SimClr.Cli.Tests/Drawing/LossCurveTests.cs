using SimClr.Cli.Drawing;
using SkiaSharp;

namespace SimClr.Cli.Tests.Drawing;

public sealed class LossCurveTests
{
    [Fact]
    public void Curves_and_the_text_of_both_axes_are_visible()
    {
        using var png = new TemporaryPng();
        LossCurve.SavePng(png.Path, "A run", [.. Points(1_000)]);

        using var plot = png.Decode();
        (plot.Width, plot.Height).ShouldBe((960, 540));
        Where(plot, IsDark).Count(at => at.Y < 30).ShouldBeGreaterThan(60); // the title
        Where(plot, IsDark).Count(at => at.Y > 515).ShouldBeGreaterThan(30); // "step"
        Where(plot, IsBlue).Count(at => at.X < 30).ShouldBeGreaterThan(200); // the label of the loss
        Where(plot, IsOrange).Count(at => at.X > 930).ShouldBeGreaterThan(200); // top-1's label
        var loss = Where(plot, IsBlue).Where(at => at.X is > 110 and < 850).ToArray();
        var top1 = Where(plot, IsOrange).Where(at => at.X is > 110 and < 850).ToArray();
        Rise(loss).ShouldBeLessThan(-100);
        Rise(top1).ShouldBeGreaterThan(100);
        png.Files.ShouldBe(["picture.png"]);
    }

    [Fact]
    public void A_single_step_is_a_mark_and_NaN_values_are_left_out()
    {
        using var png = new TemporaryPng();
        LossCurve.SavePng(png.Path, "One step", [new(1, 5.5, 0.1)]);
        using (var plot = png.Decode()) Where(plot, IsBlue).Count(at => at.X is > 110 and < 850).ShouldBeGreaterThan(20);

        LossCurve.SavePng(png.Path, "Diverged", [.. Points(300), new(301, double.NaN, double.NaN), new(302, double.PositiveInfinity, 0)]);
        using (var plot = png.Decode()) Rise([.. Where(plot, IsBlue).Where(at => at.X is > 110 and < 850)]).ShouldBeLessThan(-100);

        LossCurve.SavePng(png.Path, "Nothing but NaN", [new(1, double.NaN, double.NaN), new(2, double.NaN, double.NaN)]);
        using (var plot = png.Decode()) Where(plot, IsDark).Count(at => at.Y < 30).ShouldBeGreaterThan(60);
    }

    [Fact]
    public void A_plot_without_steps_is_refused() => Should.Throw<ArgumentException>(() => LossCurve.SavePng("never.png", "", []));

    private static IEnumerable<LossCurvePoint> Points(int count) =>
        Enumerable.Range(1, count).Select(step => new LossCurvePoint(
            step, 3 + (2.5 * Math.Exp(-3.0 * step / count)) + (0.1 * Math.Sin(step * 1.7)), 0.8 - (0.7 * Math.Exp(-3.0 * step / count)) + (0.02 * Math.Cos(step * 2.3))));

    /// <summary>The height of the right third above the left third, in pixels.</summary>
    private static double Rise((int X, int Y)[] curve) =>
        curve.Where(at => at.X < 350).Average(at => at.Y) - curve.Where(at => at.X > 600).Average(at => at.Y);

    private static IEnumerable<(int X, int Y)> Where(SKBitmap plot, Func<SKColor, bool> condition) =>
        from y in Enumerable.Range(0, plot.Height)
        from x in Enumerable.Range(0, plot.Width)
        where condition(plot.GetPixel(x, y))
        select (x, y);

    private static bool IsDark(SKColor colour) => colour.Red < 100 && colour.Green < 100 && colour.Blue < 100;

    private static bool IsBlue(SKColor colour) => colour.Blue > 140 && colour.Red < 100;

    private static bool IsOrange(SKColor colour) => colour.Red > 180 && colour.Blue < 100;
}
