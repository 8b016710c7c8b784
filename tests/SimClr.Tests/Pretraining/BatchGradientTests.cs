using SimClr.Loading;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Tests.Datasets;
using SimClr.Views;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Pretraining;

public sealed class BatchGradientTests
{
    private const int N = 10;
    private const double Temperature = 0.2;

    private static SimClrModel Model() => new(new ResNetOptions { Width = 0.125 }, new ProjectionHeadOptions { OutputDim = 16 }, 8, 3);

    private static IEnumerable<ViewBatch> Views(int microBatch, int epoch = 0) =>
        new ViewLoader(new SyntheticImages(N), new ViewPolicy(), new() { ImageSize = 8 }, N, seed: 5) { MicroBatchSize = microBatch }.Epoch(epoch);

    private static Func<ViewBatch, Tensor> Project(SimClrModel model) => batch => model.call(batch.Views);

    private static LossResult Backpropagate(SimClrModel model, IEnumerable<ViewBatch> batches)
    {
        using var views = new BatchCursor(batches);
        views.MoveNext();
        var result = new BatchGradient(model, Project(model), (z, _) => new NtXentLoss(Temperature).Compute(z), N).Backpropagate(views);
        views.MoveNext().ShouldBeFalse();
        return result;
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Micro_batches_with_small_crops_give_the_same_weights(int microBatch)
    {
        using var scope = NewDisposeScope();
        using SimClrModel whole = Model(), parts = Model();
        whole.eval();
        parts.eval();

        using var expected = Backpropagate(whole, N);
        using var result = Backpropagate(parts, microBatch);

        expected.Gradient.shape.ShouldBe([4 * N, 16]);
        ShouldAgree(Gradients(parts), Gradients(whole), 1e-5);
        ShouldAgree([result.Gradient], [expected.Gradient], 1e-5);

        static LossResult Backpropagate(SimClrModel model, int micro)
        {
            var loader = new ViewLoader(new SyntheticImages(N), new ViewPolicy(), new() { ImageSize = 16 }, N, seed: 5) { MicroBatchSize = micro, SmallCrops = new() { Count = 2, ImageSize = 8 } };
            using var views = new BatchCursor(loader.Epoch(0));
            views.MoveNext();
            return new BatchGradient(model, b => cat([model.call(b.Views), model.call(b.SmallCrops!)]), (z, _) => new NtXentLoss(Temperature).Compute(z, 2), N).Backpropagate(views);
        }
    }

    private static List<Tensor> Gradients(SimClrModel model) => [.. model.parameters().Where(p => p.requires_grad).Select(p => p.grad!)];

    private static void ShouldAgree(List<Tensor> actual, List<Tensor> expected, double tolerance)
    {
        double largest = expected.Max(g => g.abs().max().item<float>());
        for (int i = 0; i < expected.Count; i++)
            Golden.MaxDifference(actual[i], expected[i]).ShouldBeLessThan(tolerance * Math.Max(0.01 * largest, expected[i].abs().max().item<float>()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)] // 3 + 3 + 4 images
    [InlineData(5)]
    [InlineData(9)]
    public void With_frozen_batch_norm_the_gradient_is_that_of_the_whole_batch(int microBatch)
    {
        using var scope = NewDisposeScope();
        using SimClrModel whole = Model(), parts = Model();
        whole.eval();
        parts.eval();

        using var expected = Backpropagate(whole, Views(N));
        using var result = Backpropagate(parts, Views(microBatch));

        ShouldAgree(Gradients(parts), Gradients(whole), 1e-5);
        ShouldAgree([result.Gradient], [expected.Gradient], 1e-5);
        result.Loss.ShouldBe(expected.Loss, 1e-6);
        (result.Top1, result.Top5).ShouldBe((expected.Top1, expected.Top5));
    }

    [Fact]
    public void Ten_steps_give_the_weights_of_the_whole_batch()
    {
        using var scope = NewDisposeScope();
        var weights = new List<List<Tensor>>();
        foreach (int microBatch in (int[])[N, 3])
        {
            var model = Model();
            model.eval();
            using var optimizer = new OptimizerOptions { LearningRate = 1 }.Create(model.named_parameters().Where(p => p.parameter.requires_grad));
            for (int step = 0; step < 10; step++)
            {
                optimizer.ZeroGradients();
                Backpropagate(model, Views(microBatch, step)).Dispose();
                optimizer.Step(0.05);
            }
            weights.Add([.. model.parameters().Where(p => p.requires_grad)]);
        }
        using var start = Model();
        start.parameters().Where(p => p.requires_grad).Zip(weights[0]).Max(p => Golden.MaxDifference(p.First, p.Second)).ShouldBeGreaterThan(1e-2);
        ShouldAgree(weights[1], weights[0], 1e-5);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void With_batch_norm_the_gradient_equals_autograd_through_the_micro_batches(int microBatch)
    {
        using var scope = NewDisposeScope();
        using SimClrModel ours = Model(), reference = Model();

        using var result = Backpropagate(ours, Views(microBatch));

        var z = new List<Tensor>(); // all graphs at once, which micro-batches avoid
        int images = 0;
        foreach (var batch in Views(microBatch).TakeWhile(b => (images += b.Indices.Count) <= N))
            z.Add(reference.call(batch.Views).reshape(2, batch.Indices.Count, -1));
        var u = nn.functional.normalize(cat(z, 1).flatten(0, 1));
        var s = u.mm(u.t()).div(Temperature).masked_fill(eye(2 * N, dtype: ScalarType.Bool), double.NegativeInfinity);
        var loss = nn.functional.cross_entropy(s, arange(2 * N).add(N).remainder(2 * N));
        loss.backward();

        result.Loss.ShouldBe(loss.item<float>(), 1e-5);
        ShouldAgree(Gradients(ours), Gradients(reference), 1e-5);
        foreach (var (mine, theirs) in ours.buffers().Zip(reference.buffers())) // running statistics, batches seen
            Golden.MaxDifference(mine, theirs).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Images_that_do_not_fill_a_batch_or_do_not_come_again_are_refused()
    {
        using var model = Model();
        Should.Throw<ArgumentException>(() => Backpropagate(model, Views(5).Take(1))).Message.ShouldBe("Micro-batches of 5 images are no batch of 10. (Parameter 'views')");
        Should.Throw<ArgumentException>(() => Backpropagate(model, Views(5).Take(3))).Message.ShouldContain("does not come a second time");
        Should.Throw<ArgumentException>(() => Backpropagate(model, Views(5).Take(2).Concat(Views(5).Skip(1)))).Message.ShouldContain("does not come a second time");
    }

    [Fact]
    public void Only_the_gradients_stay_alive()
    {
        using var model = Model();
        Backpropagate(model, Views(4)).Dispose();
        long before = Alive();
        for (int i = 0; i < 3; i++) Backpropagate(model, Views(4)).Dispose();
        Alive().ShouldBeLessThanOrEqualTo(before); // at most: the finalizers may have freed tensors of other tests
    }

    [Fact]
    public void Memory_after_the_first_pass_does_not_depend_on_the_number_of_micro_batches()
    {
        using var model = Model();
        var held = new List<long>();
        foreach (int microBatch in (int[])[5, 1])
        {
            var batches = Views(microBatch).ToList();
            Alive();
            long before = Tensor.TotalCount;
            using var views = new BatchCursor(batches);
            views.MoveNext();
            new BatchGradient(model, Project(model), (z, _) =>
            {
                // all views except the last are freed, together with their memory
                held.Add(Tensor.TotalCount - before + 2 * (N / microBatch - 1));
                return new NtXentLoss(Temperature).Compute(z);
            }, N).Backpropagate(views).Dispose();
        }
        held[1].ShouldBe(held[0]);
    }

    private static long Alive()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return DisposeScopeManager.Statistics.ThreadTotalLiveCount;
    }
}
