using ScottPlot;
using SimClr.IO;

namespace SimClr.Cli.Drawing;

/// <summary>The picture of a training run: loss over steps, and contrastive top-1 on an axis of its own.</summary>
internal static class LossCurve
{
    private const int Width = 960;
    private const int Height = 540;
    private static readonly Color LossColour = Color.FromHex("#1F5FA8");
    private static readonly Color Top1Colour = Color.FromHex("#C8641E");

    /// <summary>Draws the curves, every step pale and a running mean over it, and writes the file whole: beside it first, then under its name.</summary>
    /// <param name="path">The PNG file; its folder is made where there is none.</param>
    /// <param name="title">One line above the curves.</param>
    /// <param name="points">By rising step; a value that is not finite is left out.</param>
    /// <exception cref="ArgumentException">There is no point.</exception>
    public static void SavePng(string path, string title, IReadOnlyList<LossCurvePoint> points)
    {
        if (points.Count == 0) throw new ArgumentException("A loss curve needs at least one step; it got none.", nameof(points));

        Fonts.Default = Typefaces.PlotFamily;
        using var plot = new Plot();
        plot.Title(title, 18);
        plot.XLabel("step", 15);
        var steps = points.Select(point => (double)point.Step).ToArray();
        Add(plot, plot.Axes.Left, "NT-Xent loss (nats)", steps, [.. points.Select(point => point.Loss)], LossColour);
        Add(plot, plot.Axes.Right, "contrastive top-1 (%)", steps, [.. points.Select(point => 100 * point.Top1)], Top1Colour);
        plot.Axes.AutoScale();
        plot.Axes.SetLimitsY(0, 100, plot.Axes.Right);
        AtomicFile.Write(path, plot.GetImageBytes(Width, Height, ImageFormat.Png));
    }

    private static void Add(Plot plot, IYAxis axis, string label, double[] steps, double[] values, Color colour)
    {
        axis.Label.Text = label;
        axis.Label.FontSize = 15;
        axis.Label.ForeColor = colour;
        axis.TickLabelStyle.ForeColor = colour;

        var reach = values.Length / 100;
        if (reach > 0)
        {
            var each = plot.Add.ScatterLine(steps, RunningMean(values, 0), colour.WithAlpha(0.25));
            each.LineWidth = 1;
            each.Axes.YAxis = axis;
        }

        var mean = plot.Add.Scatter(steps, RunningMean(values, reach), colour);
        mean.LineWidth = 2.5f;
        mean.MarkerSize = values.Length == 1 ? 8 : 0;
        mean.Axes.YAxis = axis;
    }

    /// <summary>The mean of the values up to <paramref name="reach"/> places before and after each, those that are not numbers left out.</summary>
    private static double[] RunningMean(double[] values, int reach)
    {
        var means = new double[values.Length];
        var (sum, count) = (0.0, 0);
        for (var i = -reach; i < values.Length; i++)
        {
            var (entering, leaving) = (i + reach, i - reach - 1);
            if (entering < values.Length && double.IsFinite(values[entering])) (sum, count) = (sum + values[entering], count + 1);
            if (leaving >= 0 && double.IsFinite(values[leaving])) (sum, count) = (sum - values[leaving], count - 1);
            if (i >= 0) means[i] = count > 0 ? sum / count : double.NaN;
        }

        return means;
    }
}
