using SimClr.Datasets;

namespace SimClr.Loading;

// Pairs whose views are of two images of a group.
public sealed partial class ViewLoader
{
    private PairSampler? pairs;

    /// <summary>
    /// Groups of images. A pair shows two images of a group: view 0 and small crops 0, 2, … the first, view 1 and small crops 1, 3, … the second, each
    /// view drawn as of its image alone. N counts groups, and an epoch shows every group once, each epoch another pair; a group of one image gives two
    /// views of it. So no image is the negative of another of its group. In the place of a damaged image comes another of its group, else another
    /// group. Null (the default): both views are of one image.
    /// </summary>
    /// <exception cref="ArgumentException">They are of other images, or fewer than a batch takes.</exception>
    public ImageGroups? Groups
    {
        get;
        init
        {
            if (value is not null && value.ImageCount != data.Count)
                throw new ArgumentException($"The groups are of {value.ImageCount} images, and {data.Name} has {data.Count}.", nameof(value));
            if (value is not null && batchSize > value.Count)
                throw new ArgumentException($"A batch of {batchSize} groups cannot be filled from {data.Name}, whose {data.Count} images are in {value.Count} groups.", nameof(value));
            field = value;
            pairs = value is null ? null : new PairSampler(value, seed);
        }
    }

    // What an epoch shows once each: images, or groups of them.
    private int Items => Groups?.Count ?? data.Count;

    private (int[] First, int[] Second) Images(int[] items, int epoch)
    {
        if (pairs is null) return (items, items);
        var drawn = Array.ConvertAll(items, group => pairs.Draw(epoch, group));
        return (Array.ConvertAll(drawn, pair => pair.First), Array.ConvertAll(drawn, pair => pair.Second));
    }

    // The pair's images are chosen anew after each that turns out to be damaged: whichever are known to be, the choice ends at the same ones.
    private void MakePair(ViewSampler renderer, PendingBatch batch, int position)
    {
        int group = Groups!.Of(batch.Indices[position]);
        Func<int, bool> isGood = Resident is null ? index => !badImages.ContainsKey(index) : Resident.Has;
        while (true)
        {
            if (pairs!.Draw(batch.Epoch, group, isGood) is not var (first, second))
            {
                group = StandIn(batch, position, other => CanShow(renderer, other));
                continue;
            }
            if (!TryMake(renderer, batch, position, first, start: 0, step: first == second ? 1 : 2)) continue;
            if (first != second && !TryMake(renderer, batch, position, second, start: 1, step: 2)) continue;
            batch.Show(position, first, second);
            return;
        }
    }

    private bool CanShow(ViewSampler renderer, int group)
    {
        foreach (int index in Groups!.Images(group))
        {
            if (Resident is null ? IsGood(renderer, index) : Resident.Has(index)) return true;
        }
        return false;
    }
}
