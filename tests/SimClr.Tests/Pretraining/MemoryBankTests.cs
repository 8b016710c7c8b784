using SimClr.Distributed;
using SimClr.Models;
using SimClr.Pretraining;
using static TorchSharp.torch;

namespace SimClr.Tests.Pretraining;

public sealed class MemoryBankTests
{
    private static readonly PretrainOptions Run = new() { Preprocessing = new() { ImageSize = 8 }, Seed = 4, Encoder = new ResNetOptions { Width = 0.0625 }, Head = new ProjectionHeadOptions { OutputDim = 6 } };

    private static SimClrModel Model() => new(Run.Encoder, Run.Head, Run.ImageSize, Run.Seed);

    [Fact]
    public void It_holds_the_newest_projections_of_the_moving_average()
    {
        const double Momentum = 0.75;
        const int Capacity = 10;
        using var scope = NewDisposeScope();
        using SimClrModel model = Model(), average = Model(); // the second is averaged by hand
        using var memory = new MemoryBank(model, new MemoryBankOptions { Size = Capacity, Momentum = Momentum }, Run, new SingleProcessCommunicator());
        using var generator = new Generator(6, CPU);
        var expected = new List<Tensor>();
        memory.Negatives().shape.ShouldBe([0, 6]);

        for (int step = 0; step < 4; step++)
        {
            Tensor first = rand(4, 3, 8, 8, generator: generator), second = rand(2, 3, 8, 8, generator: generator);
            using (no_grad())
            {
                foreach (var views in (Tensor[])[first, second])
                {
                    memory.Encode(views);
                    expected.Add(nn.functional.normalize(average.call(views)));
                }
                foreach (var parameter in model.parameters()) parameter.add_(rand(parameter.shape, generator: generator).sub_(0.5).mul_(0.1)); // the step
            }
            memory.Advance();
            using (no_grad())
                foreach (var (a, trained) in average.parameters().Zip(model.parameters())) a.copy_(a * Momentum + trained * (1 - Momentum));

            using var held = memory.Negatives();
            var newest = cat(expected);
            newest = newest.narrow(0, Math.Max(0, newest.shape[0] - Capacity), Math.Min(newest.shape[0], Capacity));
            held.shape.ShouldBe(newest.shape);
            // As sets: the ring begins where it begins.
            Sorted(held).Zip(Sorted(newest)).Max(p => Math.Abs(p.First - p.Second)).ShouldBeLessThan(1e-3f); // batch norm over a few values magnifies rounding
        }

        static float[] Sorted(Tensor rows) => [.. Enumerable.Range(0, (int)rows.shape[0]).Select(i => rows[i].data<float>().ToArray()).OrderBy(r => r[0]).SelectMany(r => r)];
    }

    [Fact]
    public void A_batch_larger_than_the_memory_leaves_its_last_rows()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var memory = new MemoryBank(model, new MemoryBankOptions { Size = 3 }, Run, new SingleProcessCommunicator());
        var views = rand(8, 3, 8, 8);
        memory.Encode(views);
        memory.Advance();
        using var held = memory.Negatives();
        using var same = Model();
        Golden.MaxDifference(held, nn.functional.normalize(same.call(views)).narrow(0, 5, 3)).ShouldBeLessThan(1e-5);
    }

    [Theory]
    [InlineData(-1, 0.9)]
    [InlineData(8, 1.0)]
    [InlineData(8, double.NaN)]
    public void Values_outside_are_refused(int size, double momentum) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new MemoryBankOptions { Size = size, Momentum = momentum }.Validate());
}
