using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>What a batch gave.</summary>
/// <param name="Loss">L in nats, the mean over all anchors.</param>
/// <param name="Gradient">∂L/∂z, of z's shape and type and on its device; owned by this.</param>
/// <param name="Top1">
/// Share of the 2N anchors whose positive is nearer than all 2N − 2 negatives of the batch, by more than rounding: a tie is a miss, so
/// projections that are all equal have 0. 0 where there are no such negatives (N = 1 with a memory).
/// </param>
/// <param name="Top5">Share of them with at most four negatives of the batch as near as the positive or nearer; 1 by definition where N is 2 or 3, 0 where it is 1.</param>
/// <param name="Entropy">Mean entropy in nats of the softmax over the 2N − 1 candidates that an anchor has in the batch; at most log(2N − 1).</param>
public sealed record NtXentResult(double Loss, Tensor Gradient, double Top1, double Top5, double Entropy) : IDisposable
{
    /// <summary>Loss, Top1, Top5 and Entropy as a tensor (4) float64 on z's device, where they were not waited for and are NaN above; owned by this.</summary>
    internal Tensor? Late { get; init; }

    /// <summary>As a tensor's, for all of them.</summary>
    internal void MoveToOuterDisposeScope()
    {
        Gradient.MoveToOuterDisposeScope();
        Late?.MoveToOuterDisposeScope();
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Gradient.Dispose();
        Late?.Dispose();
    }
}
