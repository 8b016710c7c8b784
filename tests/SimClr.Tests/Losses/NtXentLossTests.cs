using SimClr.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Losses;

public sealed class NtXentLossTests
{
    [Fact]
    public void Loss_gradients_and_metrics_equal_PyTorchs()
    {
        foreach (var c in Golden.Cases("Losses/Goldens/nt_xent.json"))
        {
            using var scope = NewDisposeScope();
            var z = cat([c.Tensor("a"), c.Tensor("b")]);
            var expected = cat([c.Tensor("grad_a"), c.Tensor("grad_b")]);

            if (z.shape[0] == 2) continue; // one image: refused
            using var result = new NtXentLoss(c.Number("temperature")).Compute(z);

            result.Loss.ShouldBe(c.Number("loss"), 1e-10);
            result.Top1.ShouldBe(c.Number("top1"), 1e-12);
            result.Top5.ShouldBe(c.Number("top5"), 1e-12);
            result.Entropy.ShouldBe(c.Number("entropy"), 1e-10);
            Golden.MaxDifference(result.Gradient, expected).ShouldBeLessThan(1e-10);

            using var single = new NtXentLoss(c.Number("temperature")).Compute(z.to(float32));
            single.Loss.ShouldBe(c.Number("loss"), 1e-5 * Math.Max(1, c.Number("loss")));
            Golden.MaxDifference(single.Gradient, expected).ShouldBeLessThan(1e-5 * Math.Max(1e-2, expected.abs().max().item<double>()));
        }
    }

    [Theory]
    [InlineData(2, 3, 0.5)]
    [InlineData(2, 1, 0.1)]
    [InlineData(7, 5, 0.01)]
    [InlineData(40, 16, 0.2)]
    public void The_loss_equals_the_papers_equation_summed_pair_by_pair(int n, int d, double temperature)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(17, CPU);
        var z = randn(2 * n, d, float64, generator: generator) * 3;

        using var result = new NtXentLoss(temperature).Compute(z);

        result.Loss.ShouldBe(EquationOne(z.data<double>().ToArray(), n, d, temperature), 1e-9);
    }

    [Theory]
    [InlineData(2, 3, 0.5)]
    [InlineData(7, 5, 0.01)]
    [InlineData(1100, 4, 0.2)] // two tiles
    public void The_losses_per_anchor_are_the_terms_of_the_sum(int n, int d, double temperature)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(18, CPU);
        var z = randn(2 * n, d, float64, generator: generator) * 3;
        double[] u = (z / z.norm(1, keepdim: true, p: 2)).data<double>().ToArray();
        double Similarity(int i, int k) => Enumerable.Range(0, d).Sum(c => u[i * d + c] * u[k * d + c]) / temperature;

        double[] losses = new NtXentLoss(temperature).PerAnchor(z).data<double>().ToArray();

        losses.Length.ShouldBe(2 * n);
        foreach (int i in (int[])[0, n - 1, n, 2 * n - 1])
        {
            var others = Enumerable.Range(0, 2 * n).Where(k => k != i).Select(k => Similarity(i, k)).ToArray();
            double term = others.Max() + Math.Log(others.Sum(s => Math.Exp(s - others.Max()))) - Similarity(i, (i + n) % (2 * n));
            losses[i].ShouldBe(term, 1e-9 * Math.Max(1, term));
        }
        using var whole = new NtXentLoss(temperature).Compute(z);
        losses.Average().ShouldBe(whole.Loss, 1e-9 * Math.Max(1, whole.Loss));
    }

    [Fact]
    public void The_gradient_equals_finite_differences_of_the_loss()
    {
        const int N = 4, D = 3;
        using var scope = NewDisposeScope();
        using var generator = new Generator(3, CPU);
        double[] z = randn(2 * N, D, float64, generator: generator).data<double>().ToArray();
        using var result = new NtXentLoss(0.3).Compute(tensor(z, 2 * N, D));
        double[] gradient = result.Gradient.data<double>().ToArray();

        for (int i = 0; i < z.Length; i++)
        {
            double at = z[i];
            z[i] = at + 1e-6;
            double above = EquationOne(z, N, D, 0.3);
            z[i] = at - 1e-6;
            double below = EquationOne(z, N, D, 0.3);
            z[i] = at;
            gradient[i].ShouldBe((above - below) / 2e-6, 1e-7);
        }
    }

    [Fact]
    public void Many_tiles_give_the_result_of_one()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        var z = randn(2 * 1501, 8, generator: generator); // 3002 rows: tiles of 698, the last one incomplete

        using var tiled = new NtXentLoss(0.1).Compute(z);

        var leaf = z.to(float64).requires_grad_(true);
        var u = nn.functional.normalize(leaf);
        var s = u.mm(u.t()).div(0.1).masked_fill(eye(3002, dtype: ScalarType.Bool), double.NegativeInfinity);
        var target = arange(3002).add(1501).remainder(3002);
        var loss = nn.functional.cross_entropy(s, target);
        loss.backward();
        tiled.Loss.ShouldBe(loss.item<double>(), 1e-5);
        Golden.MaxDifference(tiled.Gradient, leaf.grad!).ShouldBeLessThan(1e-5 * leaf.grad!.abs().max().item<double>());
    }

    [Fact]
    public void Swapping_the_views_or_scaling_a_row_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(11, CPU);
        var z = randn(12, 4, float64, generator: generator);
        var loss = new NtXentLoss(0.2);
        using var straight = loss.Compute(z);
        using var swapped = loss.Compute(cat([z.narrow(0, 6, 6), z.narrow(0, 0, 6)]));
        using var scaled = loss.Compute(z * arange(1, 13, float64).unsqueeze(1));

        swapped.Loss.ShouldBe(straight.Loss, 1e-12);
        scaled.Loss.ShouldBe(straight.Loss, 1e-12);
    }

    [Fact]
    public void A_tiny_temperature_neither_overflows_nor_vanishes()
    {
        using var scope = NewDisposeScope();
        var z = eye(8).repeat(2, 1);

        using var right = new NtXentLoss(0.001).Compute(z);      // each positive is identical, each negative orthogonal
        using var wrong = new NtXentLoss(0.001).Compute(cat([eye(8), eye(8).roll(1, 0)]));

        right.Loss.ShouldBe(0, 1e-6);
        wrong.Loss.ShouldBe(1000, 1);
        right.Top1.ShouldBe(1);
        wrong.Top1.ShouldBe(0);
    }

    [Fact]
    public void Tensors_that_cannot_be_a_batch_are_refused()
    {
        using var scope = NewDisposeScope();
        var loss = new NtXentLoss(0.5);
        Should.Throw<ArgumentException>(() => loss.Compute(zeros(3, 4))).Message.ShouldContain("(3, 4)");
        Should.Throw<ArgumentException>(() => loss.Compute(zeros(0, 4)));
        Should.Throw<InvalidDataException>(() => loss.Compute(full(4, 4, float.NaN))).Message.ShouldContain("not finite");
        Should.Throw<InvalidDataException>(() => loss.Compute(full(4, 4, float.PositiveInfinity)));
        Should.Throw<ArgumentOutOfRangeException>(() => new NtXentLoss(0));
    }

    [Fact]
    public void One_image_has_no_negatives()
    {
        using var scope = NewDisposeScope();
        var loss = new NtXentLoss(0.5);
        var z = eye(2);
        foreach (var compute in (Action[])[() => loss.Compute(z), () => loss.PerAnchor(z), () => loss.Compute(cat([z, z]), 2)])
            Should.Throw<ArgumentException>(compute).Message.ShouldContain("no negatives");
    }

    [Fact]
    public void Only_the_gradient_stays_alive()
    {
        using var z = randn(64, 8);
        var loss = new NtXentLoss(0.5);
        loss.Compute(z).Dispose();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 5; i++) loss.Compute(z).Dispose();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    private static double EquationOne(double[] z, int n, int d, double temperature)
    {
        double total = 0;
        for (int i = 0; i < 2 * n; i++)
        {
            int positive = (i + n) % (2 * n);
            double largest = double.NegativeInfinity, sum = 0;
            for (int k = 0; k < 2 * n; k++)
                if (k != i) largest = Math.Max(largest, Cosine(z, i, k, d) / temperature);
            for (int k = 0; k < 2 * n; k++)
                if (k != i) sum += Math.Exp(Cosine(z, i, k, d) / temperature - largest);
            total += Math.Log(sum) + largest - Cosine(z, i, positive, d) / temperature;
        }
        return total / (2 * n);
    }

    private static double Cosine(double[] z, int i, int k, int d)
    {
        double dot = 0, left = 0, right = 0;
        for (int j = 0; j < d; j++)
        {
            dot += z[i * d + j] * z[k * d + j];
            left += z[i * d + j] * z[i * d + j];
            right += z[k * d + j] * z[k * d + j];
        }
        return dot / Math.Sqrt(left * right);
    }
}
