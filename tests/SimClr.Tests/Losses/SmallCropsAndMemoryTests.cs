using SimClr.Losses;
using static TorchSharp.torch;

namespace SimClr.Tests.Losses;

public sealed class SmallCropsAndMemoryTests
{
    [Theory]
    [InlineData(5, 0, 7)]
    [InlineData(4, 1, 0)]
    [InlineData(1, 3, 2)]
    [InlineData(3, 2, 6)]
    public void Loss_and_gradient_are_the_documented_sum_and_its_slope(int n, int smallCrops, int remembered)
    {
        const int D = 3;
        const double Temperature = 0.3;
        using var scope = NewDisposeScope();
        using var generator = new Generator(7, CPU);
        double[] z = (randn((2 + smallCrops) * n, D, float64, generator: generator) * 2).data<double>().ToArray();
        var memory = remembered == 0 ? null : Unit(randn(remembered, D, float64, generator: generator));
        double[] rows = memory?.data<double>().ToArray() ?? [];

        using var result = new NtXentLoss(Temperature).Compute(tensor(z, (2 + smallCrops) * n, D), smallCrops, memory);

        result.Loss.ShouldBe(Slow(z, rows, n, smallCrops, D, Temperature), 1e-10);
        double[] gradient = result.Gradient.data<double>().ToArray();
        for (int i = 0; i < z.Length; i++)
        {
            double at = z[i];
            z[i] = at + 1e-6;
            double above = Slow(z, rows, n, smallCrops, D, Temperature);
            z[i] = at - 1e-6;
            double below = Slow(z, rows, n, smallCrops, D, Temperature);
            z[i] = at;
            gradient[i].ShouldBe((above - below) / 2e-6, 1e-7);
        }
    }

    [Fact]
    public void Many_tiles_in_float32_give_what_autograd_gives_in_float64()
    {
        const int N = 200, Crops = 2, K = 9000; // memory tiles of 233 anchors
        using var scope = NewDisposeScope();
        using var generator = new Generator(8, CPU);
        var z = randn((2 + Crops) * N, 16, generator: generator);
        var memory = Unit(randn(K, 16, generator: generator));

        using var result = new NtXentLoss(0.1).Compute(z, Crops, memory);

        var leaf = z.to(float64).requires_grad_(true);
        var u = Unit(leaf);
        var views = u.narrow(0, 0, 2 * N);
        var s = u.mm(cat([views, memory.to(float64)]).t()).div(0.1);
        var itself = zeros((2 + Crops) * N, 2 * N + K, dtype: ScalarType.Bool);
        itself.narrow(0, 0, 2 * N).narrow(1, 0, 2 * N).diagonal().fill_(true);
        var positive = s.narrow(1, 0, 2 * N).unflatten(1, [2, N]).unflatten(0, [2 + Crops, N]).diagonal(0, 1, 3); // (V, 2, N): with which view of the same image
        var loss = (s.masked_fill(itself, double.NegativeInfinity).logsumexp(1).sum()
            - (positive[0, 1] + positive[1, 0]).sum() - positive.narrow(0, 2, Crops).mean([1]).sum()) / ((2 + Crops) * N);
        loss.backward();
        result.Loss.ShouldBe(loss.item<double>(), 1e-5);
        Golden.MaxDifference(result.Gradient, leaf.grad!).ShouldBeLessThan(1e-5 * leaf.grad!.abs().max().item<double>());
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void The_parts_of_several_processes_add_up_to_the_whole(ScalarType type)
    {
        const int N = 6, Crops = 2;
        using var scope = NewDisposeScope();
        using var generator = new Generator(9, CPU);
        var z = randn((2 + Crops) * N, 8, type, generator: generator);
        var memory = Unit(randn(10, 8, type, generator: generator));
        var loss = new NtXentLoss(0.2);
        using var whole = loss.Compute(z, Crops, memory);
        (int First, int Images)[] parts = [(0, 1), (1, 3), (4, 2)];
        double[] logSums = new double[2 * N];
        foreach (var (first, images) in parts)
            loss.Compute(z, first, images, own => Gather(own, first, images), Crops, memory).Dispose();

        var results = parts.Select(p => loss.Compute(z, p.First, p.Images, own => logSums.CopyTo(own, 0), Crops, memory)).ToList();

        results.Sum(r => r.Loss).ShouldBe(whole.Loss, 1e-5);
        results.Sum(r => r.Top1).ShouldBe(whole.Top1, 1e-12);
        results.Sum(r => r.Entropy).ShouldBe(whole.Entropy, 1e-5);
        var joined = cat([.. results.Select(r => r.Gradient.unflatten(0, [2 + Crops, -1]))], 1).flatten(0, 1);
        Golden.MaxDifference(joined, whole.Gradient).ShouldBeLessThan(1e-6);
        foreach (var r in results) r.Dispose();

        void Gather(double[] own, int first, int images)
        {
            for (int view = 0; view < 2; view++) Array.Copy(own, view * N + first, logSums, view * N + first, images);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Accuracy_and_entropy_are_those_among_the_batch(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(10, CPU);
        var z = randn(20, 4, type, generator: generator);
        using var alone = new NtXentLoss(0.2).Compute(z);
        using var more = new NtXentLoss(0.2).Compute(z, 0, Unit(z.clone()));

        more.Loss.ShouldBeGreaterThan(alone.Loss);
        (more.Top1, more.Top5).ShouldBe((alone.Top1, alone.Top5));
        more.Entropy.ShouldBe(alone.Entropy, 1e-5);
    }

    [Fact]
    public void Rows_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        var loss = new NtXentLoss(0.5);
        Should.Throw<ArgumentException>(() => loss.Compute(ones(8, 4), 3)).Message.ShouldContain("(5N, d)");
        Should.Throw<ArgumentException>(() => loss.Compute(ones(8, 4), 0, ones(2, 5))).Message.ShouldContain("(2, 5)");
        Should.Throw<ArgumentOutOfRangeException>(() => loss.Compute(ones(8, 4), -1));
    }

    private static Tensor Unit(Tensor rows) => rows / rows.norm(1, keepdim: true, p: 2f);

    // Anchor by anchor, candidate by candidate.
    private static double Slow(double[] z, double[] memory, int n, int smallCrops, int d, double temperature)
    {
        double sum = 0;
        for (int anchor = 0; anchor < (2 + smallCrops) * n; anchor++)
        {
            double candidates = 0, positive = 0;
            int image = anchor % n;
            for (int view = 0; view < 2 * n; view++)
            {
                if (view == anchor) continue;
                double s = Cosine(z, anchor, z, view) / temperature;
                candidates += Math.Exp(s);
                if (view % n == image) positive += anchor < 2 * n ? s : s / 2;
            }
            for (int row = 0; row < memory.Length / d; row++) candidates += Math.Exp(Cosine(z, anchor, memory, row) / temperature);
            sum += Math.Log(candidates) - positive;
        }
        return sum / ((2 + smallCrops) * n);

        double Cosine(double[] a, int i, double[] b, int k)
        {
            double dot = 0, aa = 0, bb = 0;
            for (int c = 0; c < d; c++) (dot, aa, bb) = (dot + a[i * d + c] * b[k * d + c], aa + a[i * d + c] * a[i * d + c], bb + b[k * d + c] * b[k * d + c]);
            return dot / Math.Sqrt(aa * bb);
        }
    }
}
