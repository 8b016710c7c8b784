namespace SimClr.Evaluation;

/// <summary>How many rows of each class were predicted as each class.</summary>
public sealed class ConfusionMatrix
{
    private readonly long[] counts; // (C, C), by label

    private ConfusionMatrix(int classes, long[] counts) => (Classes, this.counts) = (classes, counts);

    /// <summary>C.</summary>
    public int Classes { get; }

    /// <summary>
    /// The number of rows of class <paramref name="label"/> that were predicted as <paramref name="predicted"/>; both in [0, C).
    /// </summary>
    public long this[int label, int predicted] => counts[label * Classes + predicted];

    /// <summary>Counts M rows.</summary>
    /// <param name="labels">The labels, in [0, <paramref name="classes"/>).</param>
    /// <param name="predictions">The predicted classes, one per label (<see cref="KnnScores.Predictions"/>).</param>
    /// <param name="classes">C, at least 1.</param>
    /// <exception cref="ArgumentException">There are no rows, the numbers of rows differ, or a class is out of range.</exception>
    public static ConfusionMatrix Of(IReadOnlyList<long> labels, IReadOnlyList<long> predictions, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (labels.Count == 0 || labels.Count != predictions.Count)
            throw new ArgumentException($"Every row needs a label and a prediction, and there must be one; there are {labels.Count} " +
                $"labels and {predictions.Count} predictions.");
        var counts = new long[checked(classes * classes)];
        for (int i = 0; i < labels.Count; i++)
        {
            if (labels[i] < 0 || labels[i] >= classes || predictions[i] < 0 || predictions[i] >= classes)
                throw new ArgumentException(
                    $"Classes must be in [0, {classes}); row {i} is of class {labels[i]} and was taken for {predictions[i]}.");
            counts[labels[i] * classes + predictions[i]]++;
        }
        return new ConfusionMatrix(classes, counts);
    }

    /// <summary>The number of rows of a class.</summary>
    /// <param name="label">The class, from 0.</param>
    public long RowsOf(int label)
    {
        long sum = 0;
        for (int predicted = 0; predicted < Classes; predicted++) sum += this[label, predicted];
        return sum;
    }

    /// <summary>The share of a class's rows that were predicted correctly, in [0, 1]; null for a class without rows.</summary>
    /// <param name="label">The class, from 0.</param>
    public double? AccuracyOf(int label) => RowsOf(label) is > 0 and var rows ? (double)this[label, label] / rows : null;
}
