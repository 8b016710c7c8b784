using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Pretraining;

/// <summary>
/// Compares two runs of the same recipe step by step: W ranks with rank 0 alone, or a device with the CPU. Deviations are relative: for the
/// loss to the loss, for gradients and weights max|a − b| to max|b| over all parameters.
/// </summary>
/// <remarks>
/// In float64 both runs start equal and continue independently, so deviations accumulate as in a run. In float32 every step begins with the
/// same weights in both. Rounding depends on the order of additions, and training amplifies it (from 10⁻⁷ to a few per cent in ten steps).
/// So even two runs of the same program on the same device diverge if their numbers of threads differ.
/// <para>
/// A network with ReLUs has another step in float32: a number that rounding moves across 0 has another gradient, all of it. With ResNet-18
/// × 0.25, 64 images of 32 pixels and another order of additions, 15 of 20 steps had such a number, and then the gradients deviated by up
/// to 0.008; the other steps by 5·10⁻⁵. A ConvNeXt, which has no ReLU, stayed at 10⁻⁵ in all 20. bf16 deviates by 0.08 to 0.23.
/// </para>
/// </remarks>
/// <param name="Loss">Largest deviation of the loss.</param>
/// <param name="Gradients">Largest deviation of a gradient.</param>
/// <param name="Weights">Largest deviation of a weight after a step.</param>
public sealed record StepComparison(double Loss, double Gradients, double Weights)
{
    /// <summary>
    /// What passes in float32. The gradients' bound lies between the rounding of float32 in a network with ReLUs and that of bf16. Wrong
    /// arithmetic that is as small as this shows in float64.
    /// </summary>
    public static StepComparison Float32Tolerance { get; } = new(Loss: 1e-5, Gradients: 0.05, Weights: 1e-3);

    /// <summary>Whether no deviation is larger than a tolerance.</summary>
    /// <param name="tolerance">The largest deviation that is allowed.</param>
    public bool IsWithin(double tolerance) => IsWithin(new StepComparison(tolerance, tolerance, tolerance));

    /// <summary>Whether no deviation is larger than its tolerance.</summary>
    /// <param name="tolerance">The largest deviation that is allowed, of each kind.</param>
    public bool IsWithin(StepComparison tolerance)
    {
        ArgumentNullException.ThrowIfNull(tolerance);
        return Loss <= tolerance.Loss && Gradients <= tolerance.Gradients && Weights <= tolerance.Weights;
    }

    /// <summary>
    /// Compares W ranks with rank 0 alone; a collective operation. If <see cref="PretrainOptions.Positives"/> asks for groups, each is two
    /// neighbouring images.
    /// </summary>
    /// <param name="options">Complete options; the steps are those of one epoch or less.</param>
    /// <param name="data">At least a batch; the same on all ranks.</param>
    /// <param name="communicator">The ranks; borrowed.</param>
    /// <param name="device">The device of this rank.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="steps">The number of steps, at least 1.</param>
    /// <returns>The deviations, the same on every rank.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Pretrainer"/>.</exception>
    public static StepComparison OfRanks(
        PretrainOptions options, IImageDataset data, ICommunicator communicator, Device device, ScalarType type, int steps)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(communicator);
        using var scope = NewDisposeScope();
        using SimClrModel together = Model(options, device, type), alone = Model(options, device, type);
        using var ranks = new Pretrainer(together, options, data.Count, communicator: communicator);
        using var one = new Pretrainer(alone, options, data.Count);
        var found = Compare(ranks, one, data, type, steps);
        var known = tensor((double[])[found.Loss, found.Gradients, found.Weights]);
        communicator.Broadcast(known);
        return new(known[0].item<double>(), known[1].item<double>(), known[2].item<double>());
    }

    /// <summary>Compares a device with the CPU, which computes in <see cref="Precision.Fp32"/> (or in float64).</summary>
    /// <param name="options">Complete options, with the precision of the device; the steps are those of one epoch or less.</param>
    /// <param name="data">At least a batch.</param>
    /// <param name="device">The device.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="steps">The number of steps, at least 1.</param>
    /// <exception cref="ArgumentException">As for <see cref="Pretrainer"/>.</exception>
    public static StepComparison OfDevice(PretrainOptions options, IImageDataset data, Device device, ScalarType type, int steps)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        using var scope = NewDisposeScope();
        using SimClrModel there = Model(options, device, type), here = Model(options, CPU, type);
        using var onDevice = new Pretrainer(there, options, data.Count);
        using var onCpu = new Pretrainer(here, options with { Precision = Precision.Fp32 }, data.Count);
        return Compare(onDevice, onCpu, data, type, steps);
    }

    // Only rank 0 takes the steps of the reference.
    private static StepComparison Compare(Pretrainer tested, Pretrainer reference, IImageDataset data, ScalarType type, int steps)
    {
        using var some = Steps(tested, data, steps).GetEnumerator();
        using var others = Steps(reference, data, steps).GetEnumerator();
        double[] largest = [0, 0, 0];
        tested.Synchronize();
        for (int step = 0; step < steps; step++)
        {
            if (type == ScalarType.Float32) TakeOver(tested, reference);
            some.MoveNext();
            if (tested.Communicator.Rank == 0 && others.MoveNext())
            {
                largest[0] = Math.Max(largest[0], Math.Abs(some.Current.Loss / others.Current.Loss - 1));
                largest[1] = Math.Max(largest[1], Deviation(GradientsOf(tested.Model), GradientsOf(reference.Model)));
                largest[2] = Math.Max(largest[2], Deviation(tested.Model.parameters(), reference.Model.parameters()));
            }
        }
        return new(largest[0], largest[1], largest[2]);
    }

    private static SimClrModel Model(PretrainOptions options, Device device, ScalarType type)
    {
        var model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, options.Seed);
        model.to(device);
        model.to(type);
        return model;
    }

    private static IEnumerable<StepMetrics> Steps(Pretrainer pretrainer, IImageDataset data, int steps)
    {
        var options = pretrainer.Options;
        return pretrainer.Steps(new ViewLoader(data, options.Views, options.Preprocessing, options.BatchSize, options.Seed)
        {
            Share = (pretrainer.Communicator.Rank, pretrainer.Communicator.Size),
            MicroBatchSize = options.MicroBatchSize,
            SmallCrops = options.SmallCrops,
            Groups = options.Positives == PositivesKind.Views ? null : ImageGroups.By(data, i => $"{i / 2}"),
        }.Batches(0, steps));
    }

    // All ranks, or the device, continue from the reference.
    private static void TakeOver(Pretrainer tested, Pretrainer reference)
    {
        if (tested.Communicator.Rank == 0)
        {
            ModelState.Load(tested.Model, reference.Model.state_dict());
            tested.Restore(reference.Step, reference.OptimizerState);
        }
        tested.Synchronize();
    }

    private static IEnumerable<Tensor> GradientsOf(SimClrModel model) =>
        model.parameters().Where(p => p.requires_grad).Select(p => p.grad).OfType<Tensor>();

    private static double Deviation(IEnumerable<Tensor> actual, IEnumerable<Tensor> expected)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        double difference = 0, size = 0;
        foreach (var (a, e) in actual.Zip(expected))
        {
            difference = Math.Max(difference, (a.to(e.device) - e).abs().max().to(float64).item<double>());
            size = Math.Max(size, e.abs().max().to(float64).item<double>());
        }
        return difference / size;
    }
}
