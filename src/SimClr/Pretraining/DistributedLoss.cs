using SimClr.Distributed;
using SimClr.Losses;
using static TorchSharp.torch;

namespace SimClr.Pretraining;

/// <summary>
/// The loss over the projections of all ranks. Each rank uses its own images as anchors among all images, and gets the gradient of the
/// whole loss by its own projections. So no gradient has to be sent back through the gathering.
/// </summary>
/// <param name="loss">The loss of the whole batch; borrowed.</param>
/// <param name="projectionDim">d.</param>
/// <param name="smallCrops">n, the small crops per image.</param>
/// <param name="temperature">τ of the run.</param>
/// <param name="communicator">The ranks; borrowed.</param>
internal sealed class DistributedLoss(
    IContrastiveLoss loss, int projectionDim, int smallCrops, double temperature, ICommunicator communicator)
{
    /// <summary>Computes the loss. A collective operation.</summary>
    /// <param name="z">
    /// ((2 + n)m, d): this rank's m images; first views, then second views, then small crops. Or (2m, d + T), each projection followed by
    /// its target. Borrowed.
    /// </param>
    /// <param name="indices">(2m): the data-set indices of the images that the views show.</param>
    /// <param name="hostMayRead">False if the work is only enqueued; then the result is never null.</param>
    /// <returns>
    /// ∂L/∂z ((2 + n)m, d) of the whole L, and the figures of the batch; owned by the caller. Null on every rank if a projection on any
    /// rank is not finite.
    /// </returns>
    /// <exception cref="InvalidDataException">The loss gave a result of another shape or dtype.</exception>
    public LossResult? Compute(Tensor z, IReadOnlyList<int> indices, bool hostMayRead)
    {
        using var scope = NewDisposeScope();
        z = z.detach();
        var all = communicator.Size == 1 ? z : GradientSynchronizer.GatherViews(communicator, z, 2 + smallCrops); // ((2 + n)N, d)
        if (hostMayRead && !all.sum().isfinite().item<bool>()) return null;
        long targets = all.shape[1] - projectionDim;
        int images = indices.Count / 2;
        var result = loss.Compute(new ProjectionBatch(all.narrow(1, 0, projectionDim), () => Gathered(indices, z.device), smallCrops)
        {
            Targets = targets == 0 ? null : all.narrow(1, projectionDim, targets),
            FirstImage = communicator.Rank * images,
            Images = images,
            Temperature = temperature,
            SumOverRanks = communicator.AllReduce,
            HostMayRead = hostMayRead,
        }) ?? throw new InvalidDataException($"The loss '{loss.Name}' gave nothing.");
        Require("gradient", result.Gradient, [z.shape[0], projectionDim], z.dtype);
        if (result.Gradient.device.ToString() != z.device.ToString())
            throw new InvalidDataException(
                $"The loss '{loss.Name}' gave a gradient on {result.Gradient.device}: it must be on {z.device}.");
        Require("tensor of figures", result.Figures, [4], ScalarType.Float64);
        result.MoveToOuterDisposeScope();
        return result;
    }

    private IReadOnlyList<int> Gathered(IReadOnlyList<int> own, Device device)
    {
        if (communicator.Size == 1) return own;
        using var scope = NewDisposeScope();
        return Array.ConvertAll(
            GradientSynchronizer.GatherViews(communicator, tensor(own.Select(i => (long)i).ToArray(), device: device), 2)
                .cpu().data<long>().ToArray(),
            i => (int)i);
    }

    private void Require(string what, Tensor given, long[] shape, ScalarType type)
    {
        if (!given.shape.SequenceEqual(shape) || given.dtype != type)
            throw new InvalidDataException($"The loss '{loss.Name}' gave a {what} of shape ({string.Join(", ", given.shape)}) and " +
                $"type {given.dtype}: it must be ({string.Join(", ", shape)}) and {type}.");
    }
}
