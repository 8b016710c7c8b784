using SimClr.Randomness;

namespace SimClr.Datasets;

/// <summary>Parts of a data set drawn with a seed: the same images on every machine, in their original order.</summary>
public static class Subsets
{
    private const int Groups = -2; // beside the labels, which begin at −1

    /// <summary>
    /// Draws <paramref name="limit"/> images without replacement. Returns <paramref name="dataset"/> itself if it has no more images than
    /// that. With the same seed, a smaller subset is part of every larger one.
    /// </summary>
    /// <param name="dataset">The images.</param>
    /// <param name="limit">The largest number of images; at least 1.</param>
    /// <param name="seed">Any number.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is not positive.</exception>
    public static IImageDataset Seeded(IImageDataset dataset, int limit, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        if (limit >= dataset.Count) return dataset;

        int[] indices = [.. Enumerable.Range(0, dataset.Count)];
        CounterRandom.For(seed, RandomPurpose.Limit, 0).Draw(indices, limit);
        return new SubsetDataset(dataset, indices.Take(limit).Order());
    }

    /// <summary>
    /// Splits a data set class by class, so that both parts have the classes in the same proportions. Images without a label are split like
    /// a class of their own. The split of a class depends on the seed and that class alone. But if the data names groups
    /// (<see cref="IImageDataset.Group"/>), or its images are tiles, then each group or picture stays whole, and the shares are as near as
    /// that allows; unless no group can be spared, as where groups are classes.
    /// </summary>
    /// <param name="dataset">The images.</param>
    /// <param name="fraction">
    /// The share of each class to hold out, in (0, 1). It is rounded to whole images, at least one and never all. A class of one image, or
    /// of one group, stays in the training part.
    /// </param>
    /// <param name="seed">Any number.</param>
    /// <returns>The two parts. Every image is in exactly one of them.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fraction"/> is not between 0 and 1.</exception>
    public static (IImageDataset Train, IImageDataset HeldOut) StratifiedSplit(IImageDataset dataset, double fraction, long seed)
    {
        if (!(fraction is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "The held-out share must be above 0 and below 1.");

        bool[] heldOut = ByGroup(dataset, fraction, seed) ?? ByImage(dataset, fraction, seed);
        return (new SubsetDataset(dataset, Enumerable.Range(0, dataset.Count).Where(i => !heldOut[i])),
                new SubsetDataset(dataset, Enumerable.Range(0, dataset.Count).Where(i => heldOut[i])));
    }

    private static bool[]? ByGroup(IImageDataset dataset, double fraction, long seed)
    {
        if (ImageGroups.Named(dataset) is not { } groups) return null;
        int[] order = [.. Enumerable.Range(0, groups.Count)];
        CounterRandom.For(seed, RandomPurpose.Split, Groups).Draw(order, order.Length);
        var images = Enumerable.Range(0, dataset.Count);
        return GroupSplit.HeldOut([.. images.Select(dataset.Label)], [.. images.Select(groups.Of)], fraction, order);
    }

    private static bool[] ByImage(IImageDataset dataset, double fraction, long seed)
    {
        var heldOut = new bool[dataset.Count];
        foreach (var images in Enumerable.Range(0, dataset.Count).GroupBy(dataset.Label))
        {
            int[] members = [.. images];
            int count = Math.Min(Math.Max(1, (int)Math.Round(fraction * members.Length)), members.Length - 1);
            CounterRandom.For(seed, RandomPurpose.Split, images.Key).Draw(members, count);
            foreach (int member in members.AsSpan(0, count)) heldOut[member] = true;
        }
        return heldOut;
    }

    /// <summary>
    /// The images whose labels may be used: from each class the budget's number, drawn without replacement. With the same seed, a smaller
    /// budget's images are among those of every larger one. Images without a label are left out.
    /// </summary>
    /// <param name="dataset">Labelled images.</param>
    /// <param name="budget">The number of images.</param>
    /// <param name="seed">Any number.</param>
    public static SubsetDataset Labelled(IImageDataset dataset, LabelBudget budget, long seed)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(budget);
        var taken = new List<int>();
        foreach (var images in Enumerable.Range(0, dataset.Count).Where(i => dataset.Label(i) >= 0).GroupBy(dataset.Label))
        {
            int[] members = [.. images];
            int count = budget.Of(members.Length);
            CounterRandom.For(seed, RandomPurpose.LabelBudget, images.Key).Draw(members, count);
            taken.AddRange(members.Take(count));
        }
        return new SubsetDataset(dataset, taken.Order());
    }
}
