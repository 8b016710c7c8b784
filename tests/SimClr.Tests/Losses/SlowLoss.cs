using SimClr.Losses;
using SimClr.Tests.Distributed;
using static TorchSharp.torch;

namespace SimClr.Tests.Losses;

/// <summary>NT-Xent and decoupled contrastive learning by their formulas: anchor by anchor, candidate by candidate, in float64.</summary>
internal static class SlowLoss
{
    public static double Value(double[] z, int n, int smallCrops, int d, double temperature, bool decoupled)
    {
        double sum = 0;
        for (int anchor = 0; anchor < (2 + smallCrops) * n; anchor++)
        {
            double candidates = 0, positive = 0;
            int image = anchor % n;
            for (int view = 0; view < 2 * n; view++)
            {
                if (view == anchor) continue;
                double s = Cosine(z, anchor, view, d) / temperature;
                if (view % n == image) positive += anchor < 2 * n ? s : s / 2;
                if (view % n != image || !decoupled) candidates += Math.Exp(s);
            }
            sum += Math.Log(candidates) - positive;
        }
        return sum / ((2 + smallCrops) * n);
    }

    /// <summary>The gradient by central differences.</summary>
    public static double[] Slopes(double[] z, Func<double[], double> value)
    {
        double[] slopes = new double[z.Length];
        for (int i = 0; i < z.Length; i++)
        {
            double at = z[i];
            z[i] = at + 1e-6;
            double above = value(z);
            z[i] = at - 1e-6;
            slopes[i] = (above - value(z)) / 2e-6;
            z[i] = at;
        }
        return slopes;
    }

    /// <summary>
    /// A loss computed by ranks, each with a share of the images: the loss values, equal on all ranks, and the concatenated gradient.
    /// </summary>
    public static (double[] Figures, Tensor Gradient) OnRanks(IContrastiveLoss loss, Tensor z, int smallCrops, (int First, int Images)[] parts)
    {
        using var scope = NewDisposeScope();
        var results = ThreadRanks.Run(parts.Length, ranks =>
        {
            var (first, images) = parts[ranks.Rank];
            return loss.Compute(new ProjectionBatch(z, indices: [], smallCrops) { FirstImage = first, Images = images, SumOverRanks = ranks.AllReduce });
        });
        double[] figures = results[0].Read();
        results.ShouldAllBe(r => r.Read().SequenceEqual(figures));
        var gradient = cat([.. results.Select(r => r.Gradient.unflatten(0, [2 + smallCrops, -1]))], 1).flatten(0, 1).MoveToOuterDisposeScope();
        foreach (var result in results) result.Dispose();
        return (figures, gradient);
    }

    private static double Cosine(double[] z, int i, int k, int d)
    {
        double dot = 0, ii = 0, kk = 0;
        for (int c = 0; c < d; c++) (dot, ii, kk) = (dot + z[i * d + c] * z[k * d + c], ii + z[i * d + c] * z[i * d + c], kk + z[k * d + c] * z[k * d + c]);
        return dot / Math.Sqrt(ii * kk);
    }
}
