using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>The test result of one classifier.</summary>
/// <param name="Accuracy">The accuracy.</param>
/// <param name="Confusion">The confusion matrix.</param>
public sealed record TestScores(Accuracy Accuracy, ConfusionMatrix Confusion)
{
    /// <summary>Scores M rows. Of equal scores the lower class wins.</summary>
    /// <param name="classScores">(M, C) float32 or float64, higher is better; borrowed.</param>
    /// <param name="labels">(M) int64 in [0, C); borrowed.</param>
    /// <exception cref="ArgumentException">As for <see cref="Accuracy.Of"/>.</exception>
    public static TestScores Of(Tensor classScores, Tensor labels)
    {
        var accuracy = Accuracy.Of(classScores, labels);
        using var scope = NewDisposeScope();
        // libtorch's argmax does not say which of equal scores it returns. This takes the lowest class with the greatest score.
        var greatest = classScores.eq(classScores.amax([1], keepdim: true)).to(ScalarType.Int64);
        var first = greatest.mul_(arange(classScores.shape[1], 0, -1, ScalarType.Int64, classScores.device)).argmax(1).cpu();
        return new TestScores(accuracy,
            ConfusionMatrix.Of(labels.cpu().data<long>().ToArray(), first.data<long>().ToArray(), (int)classScores.shape[1]));
    }
}
