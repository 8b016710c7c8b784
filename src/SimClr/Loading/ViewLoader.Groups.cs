using SimClr.Datasets;

namespace SimClr.Loading;

// Pairs whose views show two images of a group.
public sealed partial class ViewLoader
{
    private PairSampler? pairs;

    /// <summary>
    /// The groups of the images. A pair shows two images of a group. View 0 and small crops 0, 2, … show the first, view 1 and small crops
    /// 1, 3, … the second; each view is drawn as for its image alone. N counts groups, and an epoch shows every group once, with another
    /// pair in each epoch. A group of one image gives two views of it. So no image is a negative of another image of its group. A damaged
    /// image is replaced by another of its group, else by another group. Null (the default): both views show the same image.
    /// </summary>
    /// <exception cref="ArgumentException">The groups are of other images, or fewer than a batch needs.</exception>
    public ImageGroups? Groups
    {
        get;
        init
        {
            if (value is not null && value.ImageCount != data.Count)
                throw new ArgumentException(
                    $"The groups are for {value.ImageCount} images, but {data.Name} has {data.Count}.", nameof(value));
            if (value is not null && batchSize > value.Count)
                throw new ArgumentException($"A batch needs {batchSize} groups, but the {data.Count} images of {data.Name} " +
                    $"are in {value.Count} groups.", nameof(value));
            field = value;
            pairs = value is null ? null : new PairSampler(value, seed);
        }
    }

    // The items that an epoch shows once each: images or groups.
    private int Items => Groups?.Count ?? data.Count;

    private (int[] First, int[] Second) Images(int[] items, int epoch)
    {
        if (pairs is null) return (items, items);
        var drawn = Array.ConvertAll(items, group => pairs.Draw(epoch, group));
        return (Array.ConvertAll(drawn, pair => pair.First), Array.ConvertAll(drawn, pair => pair.Second));
    }

    // The pair is chosen again after each image that turns out to be damaged. The result does not depend on which damage was already known.
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
