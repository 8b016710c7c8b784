using SimClr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed partial class BatchNormTests
{
    [Theory]
    [InlineData(1e2)]
    [InlineData(1e4)]
    public void A_large_mean_costs_no_more_than_the_rounding_of_the_input(double mean)
    {
        using var scope = NewDisposeScope();
        using var norm = new BatchNorm(24);
        // rounded here, because later operations see only the rounded value
        var x = ChannelsLast.Of((randn(50, 24, 20, 20) + mean).to(ScalarType.Float32));
        var exact = x.to(ScalarType.Float64);
        var y = (exact - exact.mean([0, 2, 3], keepdim: true)) / (exact.var([0, 2, 3], unbiased: false, keepdim: true) + 1e-5).sqrt();
        ShouldBeClose(norm.call(x), y, 1e-6);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bytes()
    {
        int threads = get_num_threads();
        try
        {
            var bytes = new[] { 1, 2, 3 }.Select(n =>
            {
                set_num_threads(n);
                using var scope = NewDisposeScope();
                generator.manual_seed(4);
                using var norm = Norm(20, true);
                var (x, addend) = (Leaf(Draw(30, 20, 33, 17)), Leaf(Draw(30, 20, 33, 17)));
                var y = norm.Relu(x, addend);
                y.backward([Draw(30, 20, 33, 17)]);
                Tensor[] all = [y, x.grad!, addend.grad!, norm.weight.grad!, norm.bias.grad!, Buffer(norm, "running_mean"), Buffer(norm, "running_var")];
                return all.SelectMany(t => t.ToBytes()).ToArray();
            }).ToList();
            bytes[1].ShouldBe(bytes[0]);
            bytes[2].ShouldBe(bytes[0]);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void A_NaN_spreads_to_its_whole_channel()
    {
        using var scope = NewDisposeScope();
        using var norm = Norm(3, true);
        var x = Draw(2, 3, 4, 4);
        x[1, 2, 3, 3] = float.NaN;
        norm.Relu(x).isnan().sum([0, 2, 3]).data<long>().ToArray().ShouldBe([0, 0, 32]);
    }

    [Fact]
    public void A_single_value_per_channel_cannot_be_normalised_in_training()
    {
        using var scope = NewDisposeScope();
        using var norm = new BatchNorm(4);
        Should.Throw<ArgumentException>(() => norm.call(randn(1, 4, 1, 1))).Message.ShouldContain("(1, 4, 1, 1)");
        norm.eval();
        norm.call(randn(1, 4, 1, 1)).shape.ShouldBe([1, 4, 1, 1]);
    }

    [Fact]
    public void The_number_of_tensors_is_constant_over_a_thousand_forward_and_backward_passes()
    {
        using var norm = Norm(4, true);
        Pass();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount, all = Tensor.TotalCount;
        for (int i = 0; i < 1000; i++) Pass();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);
        Tensor.TotalCount.ShouldBeLessThanOrEqualTo(all); // at most: the finalizers may have freed tensors of other tests

        void Pass()
        {
            using var scope = NewDisposeScope();
            var x = Leaf(Draw(2, 4, 3, 3));
            norm.Relu(norm.Relu(x), x).sum().backward();
            norm.zero_grad();
        }
    }

    // Two ranks with unequal shares. The sums of both are exchanged between the two halves of each pass.
    [Theory]
    [InlineData(ScalarType.Float32)] // the loops over memory
    [InlineData(ScalarType.Float64)] // libtorch's operations
    public void Sums_over_two_ranks_normalise_every_share_as_part_of_the_whole_batch(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var whole = Norm(6, true, type);
        Tensor x = Leaf(Draw(12, 6, 5, 3).to(type)), upstream = Draw(12, 6, 5, 3).to(type);
        var y = whole.Relu(x);
        y.backward([upstream]);

        using var barrier = new Barrier(2);
        int[] bounds = [0, 5, 12];
        var (sums, outputs) = (new double[2][], new Tensor[2]);
        using BatchNorm first = Norm(6, true, type), second = Norm(6, true, type);
        BatchNorm[] norms = [first, second];
        var shares = norms.Select((_, rank) => (X: Leaf(x.detach()[bounds[rank]..bounds[rank + 1]]), Upstream: upstream[bounds[rank]..bounds[rank + 1]])).ToList();
        var ranks = norms.Select((norm, rank) => new Thread(() =>
        {
            norm.Reduce = mine =>
            {
                sums[rank] = mine.data<double>().ToArray();
                barrier.SignalAndWait();
                for (int i = 0; i < mine.numel(); i++) mine[i] = sums[0][i] + sums[1][i];
                barrier.SignalAndWait();
            };
            outputs[rank] = norm.Relu(shares[rank].X);
            outputs[rank].backward([shares[rank].Upstream]);
        })).ToList();
        ranks.ForEach(thread => thread.Start());
        ranks.ForEach(thread => thread.Join());

        ShouldBeClose(cat(outputs), y, 1e-6);
        ShouldBeClose(cat([.. shares.Select(s => s.X.grad!)]), x.grad!, 1e-5);
        ShouldBeClose(first.weight.grad! + second.weight.grad!, whole.weight.grad!, 1e-5);
        ShouldBeClose(first.bias.grad! + second.bias.grad!, whole.bias.grad!, 1e-5);
        foreach (var norm in norms) ShouldBeClose(Buffer(norm, "running_var"), Buffer(whole, "running_var"), 1e-6);
        foreach (var output in outputs) output.Dispose();
    }
}
