namespace SimClr.Loading;

/// <summary>
/// The replacements of a batch's damaged images. The same place in all batches of an epoch forms a row. A damaged image is replaced by the
/// next readable image of its row. So a replacement is never in the batch already, and no two are equal. Each follows from the seed, the
/// epoch and which images are damaged, and not from how batches are made. If a row has no readable image left (for example, the epoch is
/// one batch), the images outside of the batch are used in order, and then those in it. With groups (<see cref="ViewLoader.Groups"/>) the
/// same rules hold for groups; a group is readable if one of its images is.
/// </summary>
/// <param name="order">The order of the epoch.</param>
/// <param name="first">The position in it where the batch begins: a multiple of N.</param>
/// <param name="batchSize">N, of the whole batch.</param>
internal sealed class ReplacementImages(EpochSampler order, int first, int batchSize)
{
    /// <summary>The replacement for the image at a place.</summary>
    /// <param name="place">The place in the whole batch, in [0, N).</param>
    /// <param name="isGood">Whether an image can be read. It is called for few images, unless a row has no readable image left.</param>
    /// <returns>A readable image; null if there is none.</returns>
    public int? For(int place, Func<int, bool> isGood) => OfRow(place, isGood) ?? OfRest(place, isGood);

    private int? OfRow(int place, Func<int, bool> isGood)
    {
        for (long at = (long)first + place + batchSize; at < order.Count; at += batchSize)
        {
            if (order.At((int)at) is var image && isGood(image)) return image;
        }
        for (int at = place; at < first; at += batchSize)
        {
            if (order.At(at) is var image && isGood(image)) return image;
        }
        return null;
    }

    private int? OfRest(int place, Func<int, bool> isGood)
    {
        var shown = new HashSet<int>();
        var turn = 0; // earlier places whose rows have no readable image either
        for (int other = 0; other < batchSize; other++)
        {
            int image = order.At(first + other);
            if (isGood(image)) shown.Add(image);
            else if (OfRow(other, isGood) is { } standIn) shown.Add(standIn);
            else if (other < place) turn++;
        }
        foreach (int image in Enumerable.Range(0, order.Count).Select(order.At).Where(image => !shown.Contains(image) && isGood(image)))
        {
            if (turn-- == 0) return image;
        }
        int[] again = [.. shown.Order()];
        return again.Length > 0 ? again[turn % again.Length] : null;
    }
}
