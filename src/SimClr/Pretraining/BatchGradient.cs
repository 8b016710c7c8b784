using SimClr.Loading;
using SimClr.Losses;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Pretraining;

/// <summary>
/// ∂L/∂θ of a batch that comes whole or in micro-batches. Micro-batches use gradient caching (Gao et al. 2021, arXiv 2101.06983). A first
/// pass computes all projections without a graph. The loss over all of them gives ∂L/∂z. A second pass takes each micro-batch's rows of
/// ∂L/∂z back through the network. The gradient is that of the whole batch. Only the activations of one micro-batch exist at a time; a step
/// costs two forward passes and one backward pass.
/// </summary>
/// <remarks>
/// Batch normalisation uses the statistics of a micro-batch, the same in both passes. Only the first pass updates its running statistics,
/// micro-batch by micro-batch, each with the layer's momentum.
/// </remarks>
/// <param name="model">The trained model; borrowed.</param>
/// <param name="project">
/// The views of m images → z (V·m, d), in V blocks of m rows, with a graph if gradients are on. Targets without a graph may follow in
/// further columns.
/// </param>
/// <param name="loss">z (V·N, d), or with targets (V·N, d + T), and the images that the 2N views show → L and ∂L/∂z.</param>
/// <param name="batchSize">N, the images per batch.</param>
internal sealed class BatchGradient(
    Module model, Func<ViewBatch, Tensor> project, Func<Tensor, IReadOnlyList<int>, LossResult> loss, int batchSize)
{
    /// <summary>Adds to the parameters' gradients.</summary>
    /// <param name="views">At the batch's first views; left at its last.</param>
    /// <returns>What the batch gave; the caller's.</returns>
    /// <exception cref="ArgumentException">The images do not add up to N, or do not come a second time.</exception>
    public LossResult Backpropagate(BatchCursor views)
    {
        if (views.Current.Indices.Count != batchSize) return InParts(views);
        using var scope = NewDisposeScope();
        var z = project(views.Current);                                                             // (VN, d)
        var result = loss(z, [.. views.Current.Indices, .. views.Current.Partners]);
        Backpropagate(z, result.Gradient);
        result.MoveToOuterDisposeScope();
        return result;
    }

    // Targets may follow the projections.
    private static void Backpropagate(Tensor z, Tensor gradient) =>
        (z.shape[1] == gradient.shape[1] ? z : z.narrow(1, 0, gradient.shape[1])).backward([gradient]);

    private LossResult InParts(BatchCursor views)
    {
        using var scope = NewDisposeScope();
        using var before = new RunningStatistics([model]);
        try
        {
            var result = TwoPasses(views);
            result.MoveToOuterDisposeScope();
            return result;
        }
        catch
        {
            before.Restore(); // no step was made: the statistics are restored too
            throw;
        }
    }

    private LossResult TwoPasses(BatchCursor views)
    {
        using var scope = NewDisposeScope();
        var (z, parts) = FirstPass(views);
        var result = loss(z, [.. parts.SelectMany(part => part.Indices), .. parts.SelectMany(part => part.Partners)]);
        using var running = new RunningStatistics([model]);
        int start = 0;
        foreach (var (indices, partners) in parts)
        {
            using var within = NewDisposeScope();
            if (!views.MoveNext() || !views.Current.Indices.SequenceEqual(indices) || !views.Current.Partners.SequenceEqual(partners))
                throw new ArgumentException($"The micro-batch that begins with image {indices[0]} does not come a second time, " +
                    $"with the same images.", nameof(views));
            var gradient = result.Gradient.unflatten(0, [-1, batchSize]).narrow(1, start, indices.Count); // (V, m, d)
            Backpropagate(project(views.Current), gradient.flatten(0, 1));
            start += indices.Count;
        }
        running.Restore();
        result.MoveToOuterDisposeScope();
        return result;
    }

    // The projections in the batch's order, first views before second views: (VN, d).
    private (Tensor Z, List<(IReadOnlyList<int> Indices, IReadOnlyList<int> Partners)> Parts) FirstPass(BatchCursor views)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (z, parts) = (new List<Tensor>(), new List<(IReadOnlyList<int>, IReadOnlyList<int>)>());
        int images = 0;
        do
        {
            var indices = views.Current.Indices;
            z.Add(project(views.Current).unflatten(0, [-1, indices.Count]));                          // (V, m, d)
            parts.Add((indices, views.Current.Partners));
            images += indices.Count;
        }
        while (images < batchSize && views.MoveNext());
        return images == batchSize
            ? (cat(z, 1).flatten(0, 1).MoveToOuterDisposeScope(), parts)
            : throw new ArgumentException($"Micro-batches of {images} images are no batch of {batchSize}.", nameof(views));
    }
}
