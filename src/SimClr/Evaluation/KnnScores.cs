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
        using var onHost = ClassScores.cpu();
        var scores = onHost.data<double>().ToArray();
        int classes = (int)ClassScores.shape[1];
        return [.. scores.Chunk(classes).Select(row => (long)Array.IndexOf(row, row.Max()))];
    }

    /// <summary>Frees <see cref="ClassScores"/>.</summary>
    public void Dispose() => ClassScores.Dispose();
}
