using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>The accuracy of a classifier; every figure is in [0, 1].</summary>
/// <param name="Top1">The share of rows whose label has the highest score.</param>
/// <param name="Top5">The share of rows whose label is among the five highest scores; 1 by definition with five classes or fewer.</param>
/// <param name="MeanPerClass">
/// Top-1 within each class, averaged over the classes that have rows: the metric for unbalanced data sets such as Caltech-101, Pets and
/// Flowers (SimCLR, appendix B.8).
/// </param>
public sealed record Accuracy(double Top1, double Top5, double MeanPerClass)
{
    /// <summary>
    /// Scores M rows. Of equal scores the lower class comes first. A class with score −∞ is excluded: its rows count as wrong, even if
    /// fewer than five classes have a higher score.
    /// </summary>
    /// <param name="classScores">(M, C) float32 or float64, higher is better; borrowed.</param>
    /// <param name="labels">(M) int64 in [0, C); borrowed.</param>
    /// <exception cref="ArgumentException">The shapes or dtypes do not fit, a label is outside [0, C), or a score is NaN.</exception>
    public static Accuracy Of(Tensor classScores, Tensor labels)
    {
        if (classScores.dim() != 2 || !classScores.is_floating_point() || classScores.numel() == 0)
            throw new ArgumentException($"Class scores must be (M, C) floats with M and C at least 1; they " +
                $"are ({string.Join(", ", classScores.shape)}) {classScores.dtype}.", nameof(classScores));
        if (labels.dtype != ScalarType.Int64 || labels.dim() != 1 || labels.shape[0] != classScores.shape[0])
            throw new ArgumentException($"{classScores.shape[0]} rows of scores need ({classScores.shape[0]}) Int64 labels; they " +
                $"are ({string.Join(", ", labels.shape)}) {labels.dtype}.", nameof(labels));

        using var scope = NewDisposeScope();
        long classes = classScores.shape[1];
        labels = labels.to(classScores.device);
        var (lowest, highest) = (labels.min().item<long>(), labels.max().item<long>());
        if (lowest < 0 || highest >= classes)
            throw new ArgumentException($"Labels must be in [0, {classes}); they are in [{lowest}, {highest}].", nameof(labels));
        if (classScores.isnan().any().item<bool>())
            throw new ArgumentException("A class score is NaN.", nameof(classScores));

        var label = labels.unsqueeze(1);                                                                // (M, 1)
        var own = classScores.gather(1, label);
        var lower = arange(classes, ScalarType.Int64, classScores.device) < label;                      // (M, C)
        var ahead = ((classScores > own) | ((classScores == own) & lower)).sum(1);                      // (M)
        var possible = own.squeeze(1) > double.NegativeInfinity;
        var right = ((ahead == 0) & possible).to(ScalarType.Float64);
        var amongFive = ((ahead < 5) & possible).to(ScalarType.Float64);

        var rows = zeros(classes, ScalarType.Float64, classScores.device).scatter_add_(0, labels, ones_like(right));
        var rightRows = zeros_like(rows).scatter_add_(0, labels, right);
        var perClass = (rightRows / rows)[rows > 0];
        return new Accuracy(
            right.mean().item<double>(),
            classes <= 5 ? 1 : amongFive.mean().item<double>(),
            perClass.mean().item<double>());
    }
}
