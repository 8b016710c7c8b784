using SimClr.Datasets;

namespace SimClr.Evaluation;

/// <summary>Splits training rows class by class: one part for training, one for choosing. The test set is not used.</summary>
internal static class ValidationSplit
{
    /// <summary>
    /// A seeded order of the rows that begins with the held-out ones: the given share of each class, rounded, at least one and never all;
    /// none from a class of one row. If images are in groups, whole groups are held out (<see cref="GroupSplit"/>).
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// A label is missing, there are fewer than two classes, a feature is not finite, or every row has its own class.
    /// </exception>
    public static (long[] Order, long HeldOut) First(Features train, double fraction, long seed)
    {
        if (!(fraction is > 0 and < 1))
            throw new ArgumentException($"The held-out fraction must be in (0, 1); it is {fraction}.", nameof(fraction));
        var quota = Array.ConvertAll(train.RequireTrainable(), n => n < 2 ? 0 : Math.Clamp((long)Math.Round(n * fraction), 1, n - 1));
        long heldOut = quota.Sum();
        if (heldOut == 0)
            throw new InvalidDataException(
                $"Choosing needs a class with at least two training rows; all {train.Count} rows have classes of their own.");

        using var onHost = train.Labels.cpu();
        var labels = onHost.data<long>().ToArray();
        if (train.Groups is { } groups && ByGroup(labels, groups, fraction, seed) is { } split) return split;
        var shuffled = Enumerable.Range(0, labels.Length).Select(i => (long)i).ToArray();
        new Random((int)seed).Shuffle(shuffled);
        var isHeldOut = Array.ConvertAll(shuffled, row => quota[labels[row]]-- > 0);
        return ([.. shuffled.Where((_, i) => isHeldOut[i]), .. shuffled.Where((_, i) => !isHeldOut[i])], heldOut);
    }

    private static (long[] Order, long HeldOut)? ByGroup(long[] labels, IReadOnlyList<int> groups, double fraction, long seed)
    {
        int[] order = [.. Enumerable.Range(0, groups.Max() + 1)];
        new Random((int)seed).Shuffle(order);
        if (GroupSplit.HeldOut(Array.ConvertAll(labels, label => (int)label), groups, fraction, order) is not { } isHeldOut) return null;
        var rows = Enumerable.Range(0, labels.Length).Select(row => (long)row);
        return ([.. rows.Where(row => isHeldOut[row]), .. rows.Where(row => !isHeldOut[row])], isHeldOut.Count(held => held));
    }

    /// <summary>Consecutive rows of <paramref name="all"/>, as a view.</summary>
    public static Features Part(Features all, long start, long rows) =>
        new(all.Values.narrow(0, start, rows), all.Labels.narrow(0, start, rows));
}
