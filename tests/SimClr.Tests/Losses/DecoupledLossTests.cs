using SimClr.Losses;
using static TorchSharp.torch;

namespace SimClr.Tests.Losses;

public sealed class DecoupledLossTests
{
    [Theory]
    [InlineData(2, 3, 0.5)]   // two negatives
    [InlineData(2, 1, 0.1)]
    [InlineData(7, 5, 0.02)]
    [InlineData(12, 4, 1000)]
    public void Loss_and_gradient_equal_the_papers_equations(int n, int d, double temperature)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(17, CPU);
        double[] z = (randn(2 * n, d, float64, generator: generator) * 3).data<double>().ToArray();

        using var result = new DecoupledLoss(temperature).Compute(tensor(z, 2 * n, d));

        result.Loss.ShouldBe(SlowLoss.Value(z, n, 0, d, temperature, decoupled: true), 1e-9);
        double[] gradient = result.Gradient.data<double>().ToArray(), slopes = SlowLoss.Slopes(z, at => SlowLoss.Value(at, n, 0, d, temperature, decoupled: true));
        for (int i = 0; i < z.Length; i++) gradient[i].ShouldBe(slopes[i], 1e-6 * Math.Max(1, 1 / temperature));
    }

    [Theory]
    [InlineData(2, 0.025, false)]
    [InlineData(15, 0.1, false)]    // no whole vector
    [InlineData(385, 0.5, true)] // seven blocks, the last one incomplete
    [InlineData(1300, 0.025, false)]
    [InlineData(1300, 0.01, false)] // tensor operations
    public void Tiles_in_float32_equal_autograd_in_float64(int n, double temperature, bool clustered)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(8, CPU);
        var z = randn(2 * n, 24, generator: generator);
        if (clustered) z = z * 0.02 + randn(1, 24, generator: generator);

        using var result = new DecoupledLoss(temperature).Compute(z);

        var leaf = z.to(float64).requires_grad_(true);
        var u = nn.functional.normalize(leaf);
        var s = u.mm(u.t()).div(temperature);
        var image = arange(n).repeat(2);
        var loss = (s.masked_fill(image.unsqueeze(0).eq(image.unsqueeze(1)), double.NegativeInfinity).logsumexp(1) - (u * u.roll(n, 0)).sum(1).div(temperature)).mean();
        loss.backward();
        double error = 4e-7 / temperature + 1e-6;
        result.Loss.ShouldBe(loss.item<double>(), error);
        Golden.MaxDifference(result.Gradient, leaf.grad!).ShouldBeLessThan(4 * error * Math.Max(1e-3, leaf.grad!.abs().max().item<double>()));
    }

    [Theory]
    [InlineData(ScalarType.Float32, 0.3)]
    [InlineData(ScalarType.Float32, 0.03)]
    [InlineData(ScalarType.Float32, 0.01)] // tensor operations
    [InlineData(ScalarType.Float64, 0.3)]
    [InlineData(ScalarType.Float64, 0.002)]
    public void Accuracy_and_entropy_equal_NT_Xents(ScalarType type, double temperature)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(10, CPU);
        var first = randn(90, 8, type, generator: generator);
        foreach (double noise in (double[])[0, 0.5, 100])
        {
            var z = cat([first, first + noise * randn(90, 8, type, generator: generator)]);
            using LossResult decoupled = new DecoupledLoss(temperature).Compute(z), ntXent = new NtXentLoss(temperature).Compute(z);

            decoupled.Loss.ShouldBeLessThan(ntXent.Loss);
            (decoupled.Top1, decoupled.Top5).ShouldBe((ntXent.Top1, ntXent.Top5));
            decoupled.Entropy.ShouldBe(ntXent.Entropy, type == ScalarType.Float64 ? 1e-8 : 1e-5 / temperature);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, 0.1)]
    [InlineData(ScalarType.Float64, 0.01)]
    public void The_loss_is_the_same_when_enqueued_and_on_several_ranks(ScalarType type, double temperature)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(11, CPU);
        var z = randn(2 * 211, 24, type, generator: generator) * 3;
        var loss = new DecoupledLoss(temperature);
        using var whole = loss.Compute(z);
        using var enqueued = loss.Compute(new ProjectionBatch(z, indices: []) { HostMayRead = false });
        var (figures, gradient) = SlowLoss.OnRanks(loss, z, 0, [(0, 50), (50, 1), (51, 160)]);

        double tolerance = type == ScalarType.Float32 ? 2e-5 : 1e-11;
        double[] expected = whole.Read(), late = enqueued.Read();
        for (int i = 0; i < 4; i++)
        {
            late[i].ShouldBe(expected[i], tolerance * 10);
            figures[i].ShouldBe(expected[i], tolerance * 10);
        }
        double bound = tolerance * whole.Gradient.abs().max().to(float64).item<double>();
        Golden.MaxDifference(enqueued.Gradient, whole.Gradient).ShouldBeLessThan(bound);
        Golden.MaxDifference(gradient, whole.Gradient).ShouldBeLessThan(bound);
    }

    [Fact]
    public void Invalid_batches_and_temperatures_are_refused()
    {
        using var scope = NewDisposeScope();
        var loss = new DecoupledLoss(0.5);
        Should.Throw<ArgumentException>(() => loss.Compute(eye(2))).Message.ShouldContain("no negatives");
        Should.Throw<ArgumentException>(() => loss.Compute(zeros(3, 4))).Message.ShouldContain("(3, 4)");
        Should.Throw<InvalidDataException>(() => loss.Compute(full(4, 4, float.NaN))).Message.ShouldContain("not finite");
        foreach (double temperature in (double[])[0, 0.0009, 1001, double.NaN])
            Should.Throw<ArgumentOutOfRangeException>(() => new DecoupledLoss(temperature)).Message.ShouldContain("[0.001, 1000]");
    }
}
