using ScottPlot;
using SimClr.IO;
using SimClr.RunFolders;

namespace SimClr.Cli.Drawing;

/// <summary>The picture of a training run: loss over steps, and contrastive top-1 on its own axis.</summary>
internal static class LossCurve
{
    private const int Width = 960;
    private const int Height = 540;
    private static readonly Color LossColour = Color.FromHex("#1F5FA8");
    private static readonly Color Top1Colour = Color.FromHex("#C8641E");

    /// <summary>Draws the curves (every step in a pale colour, a running mean over it) and writes the file atomically.</summary>
    /// <param name="path">The PNG file; a missing folder is created.</param>
    /// <param name="title">The line above the curves.</param>
    /// <param name="points">The points in ascending order of steps. Values that are not finite are left out.</param>
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
            var each = plot.Add.ScatterLine(steps, RunningMean.Of(values, 0), colour.WithAlpha(0.25));
            each.LineWidth = 1;
            each.Axes.YAxis = axis;
        }

        var mean = plot.Add.Scatter(steps, RunningMean.Of(values, reach), colour);
        mean.LineWidth = 2.5f;
        mean.MarkerSize = values.Length == 1 ? 8 : 0;
        mean.Axes.YAxis = axis;
    }
}
