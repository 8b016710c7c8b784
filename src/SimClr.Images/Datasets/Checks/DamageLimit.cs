namespace SimClr.Datasets;

/// <summary>The largest damaged share of a data set: one half. More means wrong data or a failing disk, and must not be ignored.</summary>
internal static class DamageLimit
{
    private const int Fewest = 64; // with fewer images, a few broken files would be too large a share

    /// <summary>Throws if too many images are damaged.</summary>
    /// <param name="data">The data.</param>
    /// <param name="tried">The number of images that were tried, or will be.</param>
    /// <param name="damaged">How many of them are damaged.</param>
    /// <param name="first">The first damaged image.</param>
    /// <exception cref="InvalidDataException">More than half are damaged.</exception>
    public static void Require(IImageDataset data, long tried, int damaged, Func<BadImage> first)
    {
        if (tried >= Fewest && 2L * damaged > tried)
            throw new InvalidDataException($"{damaged} of {tried} images of {data.Name} are damaged, more than half. Repair or remove " +
                $"them; the first: {first().Reason}");
    }
}
