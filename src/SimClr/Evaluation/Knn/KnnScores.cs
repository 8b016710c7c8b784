using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>What the neighbours of each query voted for. Frees its tensor when disposed.</summary>
/// <param name="K">As asked for; min(K, N) neighbours voted.</param>
/// <param name="Weighted">Votes of exp(cos / T); else one each.</param>
/// <param name="ClassScores">
/// (M, C) float64: the logarithm of each class's votes, so that softmax gives its share of them, up to a constant per row.
/// −∞ for a class without a vote.
/// </param>
public sealed record KnnScores(int K, bool Weighted, Tensor ClassScores) : IDisposable
{
    /// <summary>For each row the class with the most votes, the lower of equal ones: what <see cref="Accuracy.Top1"/> counts.</summary>
    public long[] Predictions()
    {
        using var scope = NewDisposeScope();
        // argmax of libtorch promises no order among equals: the lowest class with the greatest score is asked for.
        var greatest = ClassScores.eq(ClassScores.amax([1], keepdim: true)).to(ScalarType.Int64);
        return greatest.mul_(arange(ClassScores.shape[1], 0, -1, ScalarType.Int64, ClassScores.device)).argmax(1).cpu().data<long>().ToArray();
    }

    /// <summary>Frees <see cref="ClassScores"/>.</summary>
    public void Dispose() => ClassScores.Dispose();
}
