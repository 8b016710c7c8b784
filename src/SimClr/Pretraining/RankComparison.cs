using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Loading;
using SimClr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Pretraining;

/// <summary>
/// Whether W ranks are one: the same run by all ranks together and by rank 0 alone, step by step. Deviations are relative: of the loss to
/// the loss, of gradients and weights max|a − b| to max|b| over all parameters.
/// </summary>
/// <remarks>
/// In float64 both go their own way from the same start, so deviations add up as in a run. In float32 all ranks begin every step where rank 0 alone
/// stands: rounding differs with the order of the additions, and training amplifies what differs (a few percent after ten steps from 10⁻⁷),
/// so two such runs, of the same program on the same device with another number of threads, drift apart too.
/// </remarks>
/// <param name="Loss">Largest deviation of the loss.</param>
/// <param name="Gradients">Largest deviation of a gradient.</param>
/// <param name="Weights">Largest deviation of a weight after a step.</param>
public sealed record RankComparison(double Loss, double Gradients, double Weights)
{
    /// <summary>Whether no deviation is larger than a tolerance.</summary>
    public bool IsWithin(double tolerance) => Loss <= tolerance && Gradients <= tolerance && Weights <= tolerance;

    /// <summary>Runs the comparison; a collective.</summary>
    /// <param name="options">Complete; its steps are those of an epoch or less.</param>
    /// <param name="data">At least a batch; the same on all ranks.</param>
    /// <param name="communicator">The ranks; borrowed.</param>
    /// <param name="device">Where this rank computes.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="steps">How many, at least 1.</param>
    /// <returns>The deviations, the same on every rank.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Pretrainer"/>.</exception>
    public static RankComparison Of(PretrainOptions options, IImageDataset data, ICommunicator communicator, Device device, ScalarType type, int steps)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(communicator);
        using var scope = NewDisposeScope();
        using SimClrModel together = Model(options, device, type), alone = Model(options, device, type);
        using var ranks = new Pretrainer(together, options, data.Count, communicator: communicator);
        using var one = new Pretrainer(alone, options, data.Count);
        using var shares = Steps(ranks, options, data, steps).GetEnumerator();
        using var wholes = Steps(one, options, data, steps).GetEnumerator();
        double[] largest = [0, 0, 0];
        ranks.Synchronize();
        for (int step = 0; step < steps; step++)
        {
            if (type == ScalarType.Float32) TakeOver(ranks, one);
            shares.MoveNext();
            if (communicator.Rank == 0 && wholes.MoveNext())
            {
                largest[0] = Math.Max(largest[0], Math.Abs(shares.Current.Loss / wholes.Current.Loss - 1));
                largest[1] = Math.Max(largest[1], Deviation(GradientsOf(together), GradientsOf(alone)));
                largest[2] = Math.Max(largest[2], Deviation(together.parameters(), alone.parameters()));
            }
        }
        var known = tensor(largest);
        communicator.Broadcast(known);
        return new(known[0].item<double>(), known[1].item<double>(), known[2].item<double>());
    }

    private static SimClrModel Model(PretrainOptions options, Device device, ScalarType type)
    {
        var model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, options.Seed);
        model.to(device);
        model.to(type);
        return model;
    }

    private static IEnumerable<StepMetrics> Steps(Pretrainer pretrainer, PretrainOptions options, IImageDataset data, int steps) =>
        pretrainer.Steps(new ViewLoader(data, options.Views, options.Preprocessing, options.BatchSize, options.Seed)
        {
            Share = (pretrainer.Communicator.Rank, pretrainer.Communicator.Size),
            MicroBatchSize = options.MicroBatchSize,
            SmallCrops = options.SmallCrops,
        }.Batches(0, steps));

    // Rank 0's own run is where all go on from.
    private static void TakeOver(Pretrainer ranks, Pretrainer one)
    {
        if (ranks.Communicator.Rank == 0)
        {
            ModelState.Load(ranks.Model, one.Model.state_dict());
            ranks.Restore(one.Step, one.OptimizerState);
        }
        ranks.Synchronize();
    }

    private static IEnumerable<Tensor> GradientsOf(SimClrModel model) => model.parameters().Where(p => p.requires_grad).Select(p => p.grad).OfType<Tensor>();

    private static double Deviation(IEnumerable<Tensor> actual, IEnumerable<Tensor> expected)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        double difference = 0, size = 0;
        foreach (var (a, e) in actual.Zip(expected))
        {
            difference = Math.Max(difference, (a - e).abs().max().to(float64).item<double>());
            size = Math.Max(size, e.abs().max().to(float64).item<double>());
        }
        return difference / size;
    }
}
