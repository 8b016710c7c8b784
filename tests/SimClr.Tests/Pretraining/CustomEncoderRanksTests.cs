using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Tests.Datasets;
using SimClr.Tests.Distributed;
using SimClr.Tests.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Pretraining;

public sealed class CustomEncoderRanksTests
{
    private static PretrainOptions Options(CustomEncoder encoder) => RankSelfTest.Options(2) with { Encoder = encoder };

    [Fact]
    public void Two_ranks_equal_one_with_a_deterministic_module_and_an_unused_parameter()
    {
        // Ranks are processes. Here they are threads and share torch's generator, so the weights come from another generator.
        var options = Options(new CustomEncoder("tiny", seed =>
        {
            var network = new TinyNetwork(norm: new BatchNorm(5));
            using var generator = new Generator((ulong)seed, CPU);
            using var _ = no_grad();
            foreach (var parameter in network.parameters()) parameter.uniform_(-0.5, 0.5, generator);
            return network;
        })).For(16);
        var found = new StepComparison?[2];
        ThreadRanks.Run(2, ranks => found[ranks.Rank] = StepComparison.OfRanks(options, new SyntheticImages(64), ranks, CPU, ScalarType.Float64, 6));
        found[1].ShouldBe(found[0]);
        found[0]!.IsWithin(1e-10).ShouldBeTrue($"{found[0]}");
    }

    [Fact]
    public void BatchNorm2d_on_several_ranks_is_refused_unless_statistics_per_rank_are_allowed()
    {
        var options = Options(TinyNetwork.Options(norm: () => nn.BatchNorm2d(5))).For(16);
        using var model = new SimClrModel(options.Encoder, options.Head, 16, 0);
        ThreadRanks.Run(2, ranks => Should.Throw<ConfigurationException>(() => new Pretrainer(model, options, 64, communicator: ranks)).Message.ShouldStartWith("encoder.norm is a BatchNorm2d, "));
        ThreadRanks.Run(2, ranks => new Pretrainer(model, options with { BatchNormRanks = 1 }, 64, communicator: ranks).Dispose());
        new Pretrainer(model, options, 64).Dispose();
    }

    [Theory]
    [InlineData(2, 6)] // three parts of 16
    [InlineData(2, 1)]
    [InlineData(4, 2)]
    public void Micro_batches_that_do_not_divide_among_the_ranks_are_refused(int count, int size)
    {
        var options = Options(TinyNetwork.Options()).For(16) with { BatchSize = 16, MicroBatchSize = size };
        using var model = new SimClrModel(options.Encoder, options.Head, 16, 0);
        ThreadRanks.Run(count, ranks => Should.Throw<InvalidDataException>(() => new Pretrainer(model, options, 64, communicator: ranks)).Message
            .ShouldBe($"Micro-batches of {size} images cut a batch of 16 into {(16 + size - 1) / size} parts, and these do not divide among {count} ranks: take a multiple of {count} that divides the batch."));
        new Pretrainer(model, options, 64).Dispose();
    }

    [Fact]
    public void A_gradient_missing_on_one_rank_is_0_and_one_missing_on_all_stays_missing()
    {
        var sums = new List<Tensor?>[2];
        ThreadRanks.Run(2, ranks =>
        {
            var module = nn.Linear(2, 3);
            Tensor[] parameters = [module.weight, module.bias!, nn.Parameter(zeros(4))];
            parameters[0].grad = full([3, 2], 1f + ranks.Rank);
            if (ranks.Rank == 0) parameters[1].grad = full(3, 5f);
            using var synchronizer = new GradientSynchronizer([module], parameters, ranks, 0, someMayBeUnused: true);
            synchronizer.AddGradients();
            sums[ranks.Rank] = [.. parameters.Select(p => p.grad)];
        });
        foreach (var found in sums)
        {
            found[0]!.data<float>().ToArray().ShouldBe([3, 3, 3, 3, 3, 3]);
            found[1]!.data<float>().ToArray().ShouldBe([5, 5, 5]);
            found[2].ShouldBeNull();
        }
    }

    [Fact]
    public void Buffers_of_every_type_are_copied_to_all_ranks()
    {
        ThreadRanks.Run(2, ranks =>
        {
            Tensor Of(ScalarType type) => arange(6).add(ranks.Rank).to(type).view(2, 3).t();
            using var parameter = nn.Parameter(zeros(1));
            using var synchronizer = new GradientSynchronizer([nn.Identity()], [parameter], ranks, 0, someMayBeUnused: false);
            ScalarType[] types = [ScalarType.Bool, ScalarType.Byte, ScalarType.Int8, ScalarType.Int16, ScalarType.Int32, ScalarType.Int64, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64];
            Tensor[] tensors = [.. types.Select(Of)];
            synchronizer.Broadcast(tensors);
            foreach (var (type, tensor) in types.Zip(tensors)) tensor.eq(arange(6).to(type).view(2, 3).t()).all().item<bool>().ShouldBeTrue($"{type}");
        });
    }
}
