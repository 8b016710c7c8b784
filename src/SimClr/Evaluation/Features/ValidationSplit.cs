namespace SimClr.Evaluation;

/// <summary>Cuts training rows in two, class by class: one part to learn from, one to choose by. The test set has no part in it.</summary>
internal static class ValidationSplit
{
    /// <summary>A seeded order of the rows that begins with the held-out ones: of each class its part, rounded, but at least one and never all; none of a class with one row.</summary>
    /// <exception cref="InvalidDataException">A label is missing, there are fewer than two classes, a feature is not finite, or every row has a class of its own.</exception>
    public static (long[] Order, long HeldOut) First(Features train, double fraction, long seed)
    {
        if (!(fraction is > 0 and < 1)) throw new ArgumentException($"The held-out fraction must be in (0, 1); it is {fraction}.", nameof(fraction));
        var quota = Array.ConvertAll(train.RequireTrainable(), n => n < 2 ? 0 : Math.Clamp((long)Math.Round(n * fraction), 1, n - 1));
        long heldOut = quota.Sum();
        if (heldOut == 0)
            throw new InvalidDataException($"Choosing needs a class with at least two training rows; all {train.Count} rows have classes of their own.");

        using var onHost = train.Labels.cpu();
        var labels = onHost.data<long>().ToArray();
        var shuffled = Enumerable.Range(0, labels.Length).Select(i => (long)i).ToArray();
        new Random((int)seed).Shuffle(shuffled);
        var isHeldOut = Array.ConvertAll(shuffled, row => quota[labels[row]]-- > 0);
        return ([.. shuffled.Where((_, i) => isHeldOut[i]), .. shuffled.Where((_, i) => !isHeldOut[i])], heldOut);
    }

    /// <summary>Some rows of <paramref name="all"/> that follow each other, as a view.</summary>
    public static Features Part(Features all, long start, long rows) => new(all.Values.narrow(0, start, rows), all.Labels.narrow(0, start, rows));
}
