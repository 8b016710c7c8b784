using SimClr.Evaluation;
using static TorchSharp.torch;

namespace SimClr.Tests.Evaluation;

public sealed class EncoderHealthTests
{
    private static Tensor Gaussian(int rows, int columns, ulong seed)
    {
        using var generator = new Generator(seed, CPU);
        return randn(rows, columns, generator: generator);
    }

    [Fact]
    public void Every_figure_equals_a_slow_loop()
    {
        using var a = Gaussian(12, 5, 1);
        using var b = (a + 0.3 * Gaussian(12, 5, 2)).MoveToOuterDisposeScope();
        var health = EncoderHealth.Of(a, b);

        double[][] u = Unit(a), v = Unit(b);
        health.Alignment.ShouldBe(u.Zip(v, Squared).Average(), 1e-9);
        var apart = from i in Enumerable.Range(0, 12) from j in Enumerable.Range(0, 12) where i != j select Math.Exp(-2 * Squared(u[i], v[j]));
        health.Uniformity.ShouldBe(Math.Log(apart.Average()), 1e-9);
        double[] deviations = [.. Enumerable.Range(0, 5).Select(d => Deviation(u.Select(r => r[d])))];
        health.Deviation.ShouldBe(deviations.Average() * Math.Sqrt(5), 1e-9);
        health.DeadDimensions.ShouldBe(0);

        using var centred = tensor(u.SelectMany(r => r.Select((x, d) => x - u.Average(q => q[d]))).ToArray()).reshape(12, 5);
        double[] singular = linalg.svdvals(centred).data<double>().ToArray();
        health.EffectiveRank.ShouldBe(Math.Exp(-singular.Sum(s => s / singular.Sum() * Math.Log(s / singular.Sum()))), 1e-6);
        health.Alarm.ShouldBeNull();

        static double Squared(double[] x, double[] y) => x.Zip(y, (p, q) => (p - q) * (p - q)).Sum();
        static double Deviation(IEnumerable<double> values) => Math.Sqrt(values.Average(x => Math.Pow(x - values.Average(), 2)));
    }

    [Fact]
    public void Uniformity_of_many_rows_is_summed_in_blocks_without_a_pair_missing_or_twice()
    {
        const int Rows = 4100; // blocks have 4,092
        using var a = Gaussian(Rows, 3, 4);
        using var b = (a + 0.3 * Gaussian(Rows, 3, 5)).MoveToOuterDisposeScope();
        double[][] u = Unit(a), v = Unit(b);
        double sum = 0;
        for (int i = 0; i < Rows; i++)
            for (int j = 0; j < Rows; j++)
                if (i != j) sum += Math.Exp(4 * (u[i][0] * v[j][0] + u[i][1] * v[j][1] + u[i][2] * v[j][2]) - 4);
        EncoderHealth.Of(a, b).Uniformity.ShouldBe(Math.Log(sum / ((long)Rows * (Rows - 1))), 1e-9);
    }

    [Fact]
    public void An_even_cloud_is_healthy_and_uses_all_its_dimensions()
    {
        using var a = Gaussian(2000, 16, 1);
        using var b = Gaussian(2000, 16, 2);
        var health = EncoderHealth.Of(a, b);
        health.Deviation.ShouldBe(1, 0.02);
        health.EffectiveRank.ShouldBe(16, 0.2);
        health.Alignment.ShouldBe(2, 0.05); // views of the same image are as far apart as views of different images
        health.Alarm.ShouldBeNull();
    }

    [Fact]
    public void A_point_and_a_line_raise_the_alarm_with_their_own_reasons()
    {
        using var noise = Gaussian(300, 32, 3);
        using var point = ones(300, 32) + 1e-4 * noise;
        EncoderHealth.Of(point, point).Alarm!.ShouldContain("complete collapse");

        using var along = linspace(-1, 1, 300).unsqueeze(1) * ones(1, 32);
        using var line = along + 1e-3 * noise;
        EncoderHealth.Of(line, line).Alarm!.ShouldContain("dimensional collapse");
        EncoderHealth.Of(ones(10, 4), ones(10, 4)).EffectiveRank.ShouldBe(1);
    }

    [Fact]
    public void Few_images_in_different_directions_are_no_collapse()
    {
        foreach (int images in (int[])[2, 3, 4, 5])
        {
            using var rows = Gaussian(images, 32, 5);
            EncoderHealth.Of(rows, rows).Alarm.ShouldBeNull($"{images} images");
        }
    }

    [Fact]
    public void Dead_features_are_one_point_not_an_even_cloud()
    {
        var dead = EncoderHealth.Of(zeros(50, 16), zeros(50, 16));
        (dead.Uniformity, dead.Deviation, dead.DeadRows, dead.EffectiveRank).ShouldBe((0, 0, 1, 1));
        dead.Alarm!.ShouldContain("complete collapse");
        EncoderHealth.Of(ones(50, 16), ones(50, 16)).Uniformity.ShouldBe(0, 1e-9);

        // Every third image: the dead ones coincide with each other and have distance 1 from the rest.
        using var a = Gaussian(60, 16, 1);
        using var b = Gaussian(60, 16, 2);
        for (int i = 0; i < 60; i += 3) (a[i], b[i]) = (zeros(16), zeros(16));
        var health = EncoderHealth.Of(a, b);
        health.DeadRows.ShouldBe(1 / 3.0, 1e-12);
        health.Alarm!.ShouldContain("33");
        double[][] u = Unit(a), v = Unit(b);
        var apart = from i in Enumerable.Range(0, 60) from j in Enumerable.Range(0, 60) where i != j select Math.Exp(-2 * u[i].Zip(v[j], (p, q) => (p - q) * (p - q)).Sum());
        health.Uniformity.ShouldBe(Math.Log(apart.Average()), 1e-9);
    }

    [Fact]
    public void More_dimensions_than_rows_and_dead_ones_are_counted()
    {
        using var a = cat([Gaussian(20, 30, 1), zeros(20, 10)], 1);
        var health = EncoderHealth.Of(a, a);
        health.Dimensions.ShouldBe(40);
        health.DeadDimensions.ShouldBe(0.25);
        health.EffectiveRank.ShouldBeInRange(10, 20); // 20 rows span 19 directions around their mean
        health.Alignment.ShouldBe(0);
    }

    [Fact]
    public void Tensors_that_are_not_pairs_of_views_are_refused()
    {
        Should.Throw<ArgumentException>(() => EncoderHealth.Of(ones(1, 3), ones(1, 3))).Message.ShouldContain("(1, 3)");
        Should.Throw<ArgumentException>(() => EncoderHealth.Of(ones(4, 3), ones(4, 2))).Message.ShouldContain("(4, 2)");
        Should.Throw<InvalidDataException>(() => EncoderHealth.Of(full(4, 3, float.NaN), ones(4, 3))).Message.ShouldContain("row 0 of 4");
    }

    private static double[][] Unit(Tensor rows) =>
        [.. rows.data<float>().ToArray().Chunk((int)rows.shape[1]).Select(r => r.Select(x => x / Math.Sqrt(Math.Max(1e-300, r.Sum(y => (double)y * y)))).ToArray())];
}
