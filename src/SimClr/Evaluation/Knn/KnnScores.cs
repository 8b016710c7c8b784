using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>The votes of the neighbours of each query. Frees its tensor when disposed.</summary>
/// <param name="K">The requested k; min(K, N) neighbours voted.</param>
/// <param name="Weighted">Whether a vote is exp(cos / T) instead of 1.</param>
/// <param name="ClassScores">
/// (M, C) float64: the logarithm of each class's votes, up to a constant per row; softmax gives the shares. −∞ for a class without a vote.
/// </param>
public sealed record KnnScores(int K, bool Weighted, Tensor ClassScores) : IDisposable
{
    /// <summary>
    /// The class with the most votes of each row; of equal ones the lower class. <see cref="Accuracy.Top1"/> counts these.
    /// </summary>
    public long[] Predictions()
    {
        using var scope = NewDisposeScope();
        // libtorch's argmax does not say which of equal scores it returns. This takes the lowest class with the greatest score.
        var greatest = ClassScores.eq(ClassScores.amax([1], keepdim: true)).to(ScalarType.Int64);
        return greatest.mul_(arange(ClassScores.shape[1], 0, -1, ScalarType.Int64, ClassScores.device))
            .argmax(1).cpu().data<long>().ToArray();
    }

    /// <summary>Frees <see cref="ClassScores"/>.</summary>
    public void Dispose() => ClassScores.Dispose();
}
