using SimClr.Evaluation;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

/// <summary>Features for a simple loop: rows of floats with labels.</summary>
internal sealed record Rows(float[][] Values, long[] Labels)
{
    public int Classes => (int)Labels.Max() + 1;

    /// <summary>Gaussian rows around a mean per class; every class has a row if there are enough rows.</summary>
    public static Rows Random(int seed, int count, int dimensions, int classes, double spread = 1)
    {
        var random = new Random(seed);
        var means = Enumerable.Range(0, classes).Select(_ => Normal(random, dimensions, 1)).ToArray();
        var labels = Enumerable.Range(0, count).Select(i => (long)(i < classes ? i : random.Next(classes))).ToArray();
        return new Rows(
            [.. labels.Select(label => means[label].Zip(Normal(random, dimensions, spread), (m, e) => m + e).ToArray())],
            labels);
    }

    /// <summary>M more rows of the same distribution: the last ones of a larger draw.</summary>
    public static (Rows Train, Rows Test) Split(int seed, int train, int test, int dimensions, int classes, double spread = 1)
    {
        var both = Random(seed, train + test, dimensions, classes, spread);
        return (new(both.Values[..train], both.Labels[..train]), new(both.Values[train..], both.Labels[train..]));
    }

    public Rows Map(Func<int, float[], float[]> change) => this with { Values = [.. Values.Select((row, i) => change(i, row))] };

    public Rows Ordered(int[] order) => new([.. order.Select(i => Values[i])], [.. order.Select(i => Labels[i])]);

    public Features ToFeatures() => new(
        torch.tensor(Values.SelectMany(row => row).ToArray()).reshape(Values.Length, Values[0].Length),
        torch.tensor(Labels));

    private static float[] Normal(Random random, int count, double deviation) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
}
