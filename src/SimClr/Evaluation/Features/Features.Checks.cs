using static TorchSharp.torch;

namespace SimClr.Evaluation;

public sealed partial record Features
{
    /// <summary>Requires (M, D) float32 with M ≥ 1 and D ≥ 1, without a graph.</summary>
    internal static void RequireMatrix(Tensor values, string parameter)
    {
        if (values.dtype != ScalarType.Float32 || values.dim() != 2 || values.numel() == 0)
            throw new ArgumentException($"Features must be (M, D) Float32 with M and D at least 1; they " +
                $"are ({string.Join(", ", values.shape)}) {values.dtype}.", parameter);
        if (values.requires_grad)
            throw new ArgumentException(
                "Features must be computed without gradients (torch.no_grad()); these carry the encoder's graph.", parameter);
    }

    /// <summary>Refuses NaN and infinity. The message names the first such row.</summary>
    /// <param name="values">(B, D); borrowed.</param>
    /// <param name="first">The place of the first of these rows among all, for the message.</param>
    /// <param name="all">The number of all rows; null: these are all.</param>
    internal static void RequireFinite(Tensor values, long first = 0, long? all = null)
    {
        using var scope = NewDisposeScope();
        // NaN is both maximum and minimum of its row
        var broken = (values.amax([1]).isfinite() & values.amin([1]).isfinite()).logical_not().nonzero();
        if (broken.shape[0] > 0)
            throw new InvalidDataException($"Features must be finite; row {first + broken[0, 0].item<long>()} " +
                $"of {all ?? values.shape[0]} has NaN or an infinity ({broken.shape[0]} such rows).");
    }

    /// <summary>Checks training features and counts their rows per class, in C = greatest label + 1 entries.</summary>
    internal long[] RequireTrainable()
    {
        RequireFinite(Values);
        var labels = LabelArray();
        var counts = new long[checked((int)labels.Max() + 1)];
        foreach (long label in labels) counts[label]++;
        if (counts.Count(n => n > 0) < 2)
            throw new InvalidDataException(
                $"A classifier needs at least two classes; all {labels.Length} training rows have label {labels[0]}.");
        return counts;
    }

    /// <summary>
    /// Checks test features for a classifier trained on <paramref name="classCounts"/> rows of <paramref name="dimensions"/> numbers.
    /// </summary>
    internal void RequireScorable(long[] classCounts, long dimensions, string parameter)
    {
        RequireQueries(Values, dimensions, parameter);
        var labels = LabelArray();
        int stranger = Array.FindIndex(labels, label => label >= classCounts.Length || classCounts[label] == 0);
        if (stranger >= 0)
            throw new InvalidDataException($"Test row {stranger} has label {labels[stranger]}, which no training row has.");
    }

    /// <summary>Checks rows for a classifier trained on rows of <paramref name="dimensions"/> numbers.</summary>
    internal static void RequireQueries(Tensor values, long dimensions, string parameter)
    {
        RequireMatrix(values, parameter);
        if (values.shape[1] != dimensions)
            throw new ArgumentException($"Training features have {dimensions} dimensions, these have {values.shape[1]}.", parameter);
        RequireFinite(values);
    }

    private long[] LabelArray()
    {
        using var onHost = Labels.cpu();
        var labels = onHost.data<long>().ToArray();
        int missing = Array.FindIndex(labels, label => label < 0);
        if (missing >= 0)
            throw new InvalidDataException(
                $"Row {missing} of {labels.Length} has no label ({labels[missing]}): evaluation needs labelled images.");
        return labels;
    }
}
