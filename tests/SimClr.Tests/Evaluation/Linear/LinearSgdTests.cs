using SimClr.Evaluation;
using SimClr.Optimization;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed class LinearSgdTests
{
    [Theory]
    [InlineData(40, 0, OptimizerKind.Sgd)]
    [InlineData(400, 2, OptimizerKind.Sgd)] // no more rows than there are: the rate is that of 40
    [InlineData(40, 2, OptimizerKind.Lars)] // not adapted
    public void Full_batch_descent_equals_the_formula(int batchSize, int warmup, OptimizerKind kind)
    {
        var rows = Rows.Random(1, 40, 3, 3);
        using var train = rows.ToFeatures();
        var options = new LinearSgdOptions
        {
            Epochs = 5,
            BatchSize = batchSize,
            Optimizer = new() { Kind = kind, Momentum = 0, LearningRate = 3.2, WeightDecay = 0, WarmupEpochs = warmup },
        };
        using var fit = LinearSgd.Fit(train, options);

        var (w, b) = (new double[3, 3], new double[3]);
        for (int step = 0; step < 5; step++)
        {
            double rate = 3.2 * 40 / 256 * (step < warmup ? (double)step / warmup : 0.5 * (1 + Math.Cos(Math.PI * (step - warmup) / (5 - warmup))));
            var (gw, gb) = (new double[3, 3], new double[3]);
            for (int i = 0; i < 40; i++)
            {
                double[] logits = [.. Enumerable.Range(0, 3).Select(c => b[c] + Enumerable.Range(0, 3).Sum(d => w[c, d] * rows.Values[i][d]))];
                double sum = logits.Sum(Math.Exp);
                for (int c = 0; c < 3; c++)
                {
                    double residual = (Math.Exp(logits[c]) / sum - (rows.Labels[i] == c ? 1 : 0)) / 40;
                    gb[c] += residual;
                    for (int d = 0; d < 3; d++) gw[c, d] += residual * rows.Values[i][d];
                }
            }
            for (int c = 0; c < 3; c++)
            {
                b[c] -= rate * gb[c];
                for (int d = 0; d < 3; d++) w[c, d] -= rate * gw[c, d];
            }
        }
        fit.Last.Weight.data<double>().ToArray().ShouldBe(w.Cast<double>(), 1e-5);
        fit.Last.Bias.data<double>().ToArray().ShouldBe(b, 1e-5);
    }

    [Fact]
    public void The_best_epoch_is_the_best_on_held_out_rows()
    {
        var (rows, test) = Rows.Split(3, 300, 300, 10, 4, spread: 2);
        using var train = rows.ToFeatures();
        using var fit = LinearSgd.Fit(train, new LinearSgdOptions { Epochs = 20, BatchSize = 32 });
        fit.BestEpoch.ShouldBeInRange(1, 20);

        var (order, heldOut) = ValidationSplit.First(train, 0.1, 0);
        using var held = rows.Ordered([.. order.Take((int)heldOut).Select(i => (int)i)]).ToFeatures();
        using var scores = fit.Best.Score(held.Values);
        Accuracy.Of(scores, held.Labels).Top1.ShouldBe(fit.HeldOutTop1);
        using var last = new TestSet(test.ToFeatures());
        last.Score("last", fit.Last.Score).Accuracy.Top1.ShouldBeGreaterThan(0.5); // chance is a quarter
    }

    [Fact]
    public void Adam_gets_near_the_optimum_of_L_BFGS_and_the_same_seed_repeats_it()
    {
        var rows = Rows.Random(5, 200, 4, 3, spread: 3);
        using var train = rows.ToFeatures();
        using var fit = LinearSgd.Fit(train, LinearSgdOptions.Adam with { BatchSize = 50, Epochs = 200 });
        using var again = LinearSgd.Fit(train, LinearSgdOptions.Adam with { BatchSize = 50, Epochs = 200 });
        fit.Last.Weight.data<double>().ToArray().ShouldBe(again.Last.Weight.data<double>().ToArray());

        using var regression = new SoftmaxRegression(train);
        using var optimum = regression.Fit(1e-9);
        using var logits = fit.Last.Score(train.Values);
        torch.nn.functional.cross_entropy(logits, train.Labels).item<double>().ShouldBe(optimum.Objective, 0.005);
    }

    [Fact]
    public void A_learning_rate_that_is_far_too_high_is_reported()
    {
        using var generator = new torch.Generator(1, torch.CPU);
        using var train = new Features(torch.randn(40, 3, generator: generator).mul_(1e25), torch.arange(40, torch.ScalarType.Int64).remainder(2));
        Should.Throw<InvalidDataException>(() => LinearSgd.Fit(train)).Message.ShouldSatisfyAllConditions(m => m.ShouldContain("not finite"), m => m.ShouldContain("smaller learning rate"));
    }

    [Fact]
    public void Options_out_of_range_are_reported()
    {
        using var train = Rows.Random(1, 20, 2, 2).ToFeatures();
        Should.Throw<ArgumentException>(() => LinearSgd.Fit(train, new() { Epochs = 0 })).Message.ShouldContain("there are 0");
        Should.Throw<ArgumentException>(() => LinearSgd.Fit(train, new() { BatchSize = 0 })).Message.ShouldContain("it has 0");
        Should.Throw<ArgumentException>(() => LinearSgd.Fit(train, new() { HeldOutFraction = 1 })).Message.ShouldContain("it is 1");
    }

    [Fact]
    public void No_tensor_leaks()
    {
        using var train = Rows.Random(1, 60, 4, 3).ToFeatures();
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        LinearSgd.Fit(train, new() { Epochs = 2 }).Dispose();
        long before = statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 3; i++) LinearSgd.Fit(train, new() { Epochs = 2 }).Dispose();
        statistics.ThreadTotalLiveCount.ShouldBe(before);
    }
}
