using SimClr.Distributed;
using SimClr.Losses;
using static TorchSharp.torch;

namespace SimClr.Pretraining;

/// <summary>
/// NT-Xent over the projections of all ranks. Each has its own images as anchors among all others, and of the whole loss the
/// gradient by its own projections: no gradient needs to be sent back through the gathering.
/// </summary>
/// <param name="loss">Of the whole batch.</param>
/// <param name="smallCrops">n, small crops of an image.</param>
/// <param name="communicator">The ranks; borrowed.</param>
internal sealed class DistributedLoss(NtXentLoss loss, int smallCrops, ICommunicator communicator)
{
    /// <summary>Computes it; a collective.</summary>
    /// <param name="z">((2 + n)m, d): this rank's share of m images, first views before second ones before small crops; borrowed.</param>
    /// <param name="memory">(K, d), the same on every rank, or null; borrowed.</param>
    /// <returns>∂L/∂z ((2 + n)m, d) of the whole L, and the batch's figures; the caller's. Null on every rank where a projection on any is not finite.</returns>
    public NtXentResult? Compute(Tensor z, Tensor? memory = null)
    {
        using var scope = NewDisposeScope();
        z = z.detach();
        var all = communicator.Size == 1 ? z : Gathered(z);                                         // ((2 + n)N, d)
        if (!all.sum().isfinite().item<bool>()) return null;
        int images = (int)z.shape[0] / (2 + smallCrops);
        var own = loss.Compute(all, communicator.Rank * images, images, logSums => Add(logSums, z.device), smallCrops, memory);
        own.Gradient.MoveToOuterDisposeScope();
        if (communicator.Size == 1) return own;
        double[] figures = [own.Loss, own.Top1, own.Top5, own.Entropy];
        Add(figures, z.device);
        return own with { Loss = figures[0], Top1 = figures[1], Top5 = figures[2], Entropy = figures[3] };
    }

    /// <summary>The same for one rank without small crops, by a host that reads nothing (<see cref="NtXentLoss.Enqueue"/>).</summary>
    public NtXentResult Enqueue(Tensor z) => loss.Enqueue(z);

    private Tensor Gathered(Tensor z) => GradientSynchronizer.GatherViews(communicator, z, 2 + smallCrops);

    // What another rank computes is 0 here.
    private void Add(double[] values, Device device)
    {
        if (communicator.Size == 1) return;
        using var sums = tensor(values, device: device);
        communicator.AllReduce(sums);
        using var known = sums.cpu();
        known.data<double>().CopyTo(values);
    }
}
