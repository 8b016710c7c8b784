namespace SimClr.Loading;

/// <summary>
/// Which images are shown in the places of a batch's damaged ones. The places of all batches of an epoch that have the same number form a row, and
/// a damaged image gives way to the next readable one of its row: so no stand-in is in the batch already, no two are the same, and each follows from
/// seed, epoch and which images are damaged, whoever makes the batch, in whichever parts and order. Only where a row has no more readable
/// images, as where an epoch is one batch, the images outside of the batch are shared out in their order, and when they are used up those within it. Where the
/// order is one of groups (<see cref="ViewLoader.Groups"/>) all this holds of groups, of which one is readable where an image of it is.
/// </summary>
/// <param name="order">The epoch's.</param>
/// <param name="first">Where in it the batch begins: a multiple of N.</param>
/// <param name="batchSize">N, of the whole batch.</param>
internal sealed class ReplacementImages(EpochSampler order, int first, int batchSize)
{
    /// <summary>The image for a place whose own is damaged.</summary>
    /// <param name="place">In the whole batch, in [0, N).</param>
    /// <param name="isGood">Whether an image can be read. Few are asked for, unless a row has run out.</param>
    /// <returns>An image that can be read; null where there is none.</returns>
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
        var turn = 0; // places before this one whose rows have run out too
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
