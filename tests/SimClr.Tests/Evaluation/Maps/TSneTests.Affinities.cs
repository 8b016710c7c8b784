using SimClr.Evaluation;
using static TorchSharp.torch;

namespace SimClr.Tests.Evaluation;

public sealed partial class TSneTests
{
    [Fact]
    public void Affinities_equal_a_slow_bisection_and_have_the_requested_perplexity()
    {
        const double Perplexity = 7;
        var rows = Rows.Random(1, 40, 5, 3).Values;
        for (int i = 0; i < rows.Length; i++)
        {
            double[] distances = [.. rows.Select(row => row.Zip(rows[i], (a, b) => Math.Pow((double)a - b, 2)).Sum())];
            var fast = new double[rows.Length];

            TSneAffinities.Conditional(distances, i, Perplexity, fast);

            double[] slow = SlowConditional(distances, i, Perplexity);
            fast.Zip(slow, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-6);
            Math.Exp(-fast.Where(p => p > 0).Sum(p => p * Math.Log(p))).ShouldBe(Perplexity, 1e-3);
            fast[i].ShouldBe(0);
        }
    }

    [Theory]
    [InlineData(1e-12)]
    [InlineData(1e12)]
    public void The_scale_of_the_distances_does_not_matter(double scale)
    {
        double[] distances = [0, 1, 2, 3, 5, 8, 13, 21];
        double[] one = new double[8], other = new double[8];
        TSneAffinities.Conditional(distances, 0, 3, one);
        TSneAffinities.Conditional([.. distances.Select(d => d * scale)], 0, 3, other);
        one.Zip(other, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Joint_affinities_are_symmetric_and_sum_to_one()
    {
        const int Count = 300; // two blocks
        using var scope = NewDisposeScope();
        using var features = Rows.Random(2, Count, 6, 4).ToFeatures();
        float[] joint = TSneAffinities.Joint(features.Values.to(float64), 20);

        joint.Sum(p => (double)p).ShouldBe(1, 1e-5);
        for (int i = 0; i < Count; i++)
        {
            joint[i * Count + i].ShouldBe(0);
            for (int j = 0; j < i; j++) joint[i * Count + j].ShouldBe(joint[j * Count + i]);
        }
        joint.ShouldAllBe(p => p >= 0);
    }

    private static double[] SlowConditional(double[] distances, int self, double perplexity)
    {
        double low = 1e-10, high = 1e10;
        double[] At(double beta)
        {
            double nearest = distances.Where((_, j) => j != self).Min();
            double[] e = [.. distances.Select((d, j) => j == self ? 0 : Math.Exp(-beta * (d - nearest)))];
            return [.. e.Select(v => v / e.Sum())];
        }
        for (int i = 0; i < 300; i++)
        {
            double middle = Math.Sqrt(low * high), entropy = -At(middle).Where(p => p > 0).Sum(p => p * Math.Log(p));
            if (entropy > Math.Log(perplexity)) low = middle;
            else high = middle;
        }
        return At(low);
    }
}
