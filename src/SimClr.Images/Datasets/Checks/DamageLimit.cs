namespace SimClr.Datasets;

/// <summary>How much of a data set may be damaged: at most half. More is a mistake about the data, or a dying disk, and not something to be passed over.</summary>
internal static class DamageLimit
{
    private const int Fewest = 64; // below that a few broken files are too large a share

    /// <summary>Ends whatever reads where too many images are damaged.</summary>
    /// <param name="data">What is read.</param>
    /// <param name="tried">Images that were tried, or are to be.</param>
    /// <param name="damaged">Those of them that are damaged.</param>
    /// <param name="first">The first of them.</param>
    /// <exception cref="InvalidDataException">They are more than half.</exception>
    public static void Require(IImageDataset data, long tried, int damaged, Func<BadImage> first)
    {
        if (tried >= Fewest && 2L * damaged > tried)
            throw new InvalidDataException($"{damaged} of {tried} images of {data.Name} are damaged, more than half: mend or remove them; the first: {first().Reason}");
    }
}
