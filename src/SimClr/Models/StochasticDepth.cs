using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// Stochastic depth (Huang et al. 2016): in training, a residual branch is skipped for each view with some probability, and is divided by
/// its complement otherwise, so that its expectation stays. The draws come from torch's global generator
/// (<see cref="EncoderOptions.IsStochastic"/>).
/// </summary>
/// <param name="probability">The probability, in [0, 1).</param>
internal sealed class StochasticDepth(double probability)
{
    /// <summary>The probability that a branch is skipped.</summary>
    public double Probability => probability;

    /// <summary>That of one block: the probability rises linearly from 0 at the first to <paramref name="last"/> at the last.</summary>
    public static StochasticDepth Of(int block, int blocks, double last) => new(blocks > 1 ? last * block / (blocks - 1) : last);

    /// <summary>The branch, scaled or dropped, ready to be added.</summary>
    /// <param name="branch">(N, …); borrowed.</param>
    /// <param name="training">Whether the network trains.</param>
    /// <returns>(N, …), perhaps the same; in the caller's dispose scope.</returns>
    public Tensor Apply(Tensor branch, bool training)
    {
        if (!training || probability == 0) return branch;
        double kept = 1 - probability;
        long[] shape = new long[branch.dim()];
        Array.Fill(shape, 1);
        shape[0] = branch.shape[0];
        return branch * empty(shape, branch.dtype, branch.device).bernoulli_(kept).div_(kept);
    }
}
