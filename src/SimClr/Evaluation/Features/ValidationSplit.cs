namespace SimClr.Evaluation;

/// <summary>Splits training rows class by class: one part for training, one for choosing. The test set is not used.</summary>
internal static class ValidationSplit
{
    /// <summary>
    /// A seeded order of the rows that begins with the held-out ones: the given share of each class, rounded, at least one and never all;
    /// none from a class of one row.
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
        var shuffled = Enumerable.Range(0, labels.Length).Select(i => (long)i).ToArray();
        new Random((int)seed).Shuffle(shuffled);
        var isHeldOut = Array.ConvertAll(shuffled, row => quota[labels[row]]-- > 0);
        return ([.. shuffled.Where((_, i) => isHeldOut[i]), .. shuffled.Where((_, i) => !isHeldOut[i])], heldOut);
    }

    /// <summary>Consecutive rows of <paramref name="all"/>, as a view.</summary>
    public static Features Part(Features all, long start, long rows) =>
        new(all.Values.narrow(0, start, rows), all.Labels.narrow(0, start, rows));
}
