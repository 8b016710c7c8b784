using SimClr.Losses;
using static TorchSharp.torch;

namespace SimClr.Tests.Losses;

public sealed class SmallCropsTests
{
    private static IContrastiveLoss Loss(bool decoupled, double temperature) => decoupled ? new DecoupledLoss(temperature) : new NtXentLoss(temperature);

    [Theory]
    [InlineData(5, 0, false)]
    [InlineData(4, 1, false)]
    [InlineData(2, 3, false)]
    [InlineData(3, 2, false)]
    [InlineData(4, 1, true)]
    [InlineData(2, 3, true)]
    [InlineData(3, 2, true)]
    public void Loss_and_gradient_are_the_documented_sum_and_its_slope(int n, int smallCrops, bool decoupled)
    {
        const int D = 3;
        const double Temperature = 0.3;
        using var scope = NewDisposeScope();
        using var generator = new Generator(7, CPU);
        double[] z = (randn((2 + smallCrops) * n, D, float64, generator: generator) * 2).data<double>().ToArray();

        using var result = Loss(decoupled, Temperature).Compute(new ProjectionBatch(tensor(z, (2 + smallCrops) * n, D), indices: [], smallCrops));

        result.Loss.ShouldBe(SlowLoss.Value(z, n, smallCrops, D, Temperature, decoupled), 1e-10);
        double[] gradient = result.Gradient.data<double>().ToArray(), slopes = SlowLoss.Slopes(z, at => SlowLoss.Value(at, n, smallCrops, D, Temperature, decoupled));
        for (int i = 0; i < z.Length; i++) gradient[i].ShouldBe(slopes[i], 1e-7);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Many_tiles_in_float32_equal_autograd_in_float64(bool decoupled)
    {
        const int N = 1500, Crops = 2; // tiles of 699 crops
        using var scope = NewDisposeScope();
        using var generator = new Generator(8, CPU);
        var z = randn((2 + Crops) * N, 16, generator: generator);

        using var result = Loss(decoupled, 0.1).Compute(new ProjectionBatch(z, indices: [], Crops));

        var leaf = z.to(float64).requires_grad_(true);
        var u = leaf / leaf.norm(1, keepdim: true, p: 2f);
        var s = u.mm(u.narrow(0, 0, 2 * N).t()).div(0.1);                                           // (VN, 2N)
        var image = arange(N).repeat(2 + Crops).unsqueeze(1).eq(arange(N).repeat(2).unsqueeze(0));  // of the same image
        var itself = zeros((2 + Crops) * N, 2 * N, dtype: ScalarType.Bool);
        itself.narrow(0, 0, 2 * N).diagonal().fill_(true);
        var positive = image.logical_and(itself.logical_not()).to(float64);
        var positives = (s * positive).sum(1).div(positive.sum(1));
        var loss = (s.masked_fill(decoupled ? image : itself, double.NegativeInfinity).logsumexp(1) - positives).mean();
        loss.backward();
        result.Loss.ShouldBe(loss.item<double>(), 1e-5);
        Golden.MaxDifference(result.Gradient, leaf.grad!).ShouldBeLessThan(1e-5 * leaf.grad!.abs().max().item<double>());
    }

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float64, false)]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.Float64, true)]
    public void The_parts_of_several_ranks_form_the_whole_gradient(ScalarType type, bool decoupled)
    {
        const int N = 6, Crops = 2;
        using var scope = NewDisposeScope();
        using var generator = new Generator(9, CPU);
        var z = randn((2 + Crops) * N, 8, type, generator: generator);
        var loss = Loss(decoupled, 0.2);
        using var whole = loss.Compute(new ProjectionBatch(z, indices: [], Crops));

        var (figures, gradient) = SlowLoss.OnRanks(loss, z, Crops, [(0, 1), (1, 3), (4, 2)]);

        double[] expected = whole.Read();
        for (int i = 0; i < 4; i++) figures[i].ShouldBe(expected[i], 1e-5);
        Golden.MaxDifference(gradient, whole.Gradient).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Rows_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        var loss = new NtXentLoss(0.5);
        Should.Throw<ArgumentException>(() => loss.Compute(ones(8, 4), 3)).Message.ShouldContain("(5N, d)");
        Should.Throw<ArgumentOutOfRangeException>(() => loss.Compute(ones(8, 4), -1));
    }
}
