using System.Globalization;

namespace SimClr.Datasets;

/// <summary>The groups of a data set in numbers. A run stores them, and checks them on resume.</summary>
/// <param name="Count">The number of groups.</param>
/// <param name="Singletons">The number of groups of one image. A pair of such a group is two views of that image.</param>
/// <param name="Smallest">Images in the smallest group.</param>
/// <param name="Median">Images in the median group; the larger one for an even number of groups.</param>
/// <param name="Largest">Images in the largest group.</param>
/// <param name="Sha256">SHA-256 of the group numbers of all images, in order (int32, little-endian). Names are not included.</param>
public sealed record GroupSummary(int Count, int Singletons, int Smallest, int Median, int Largest, string Sha256)
{
    /// <summary><c>512 groups of 1–9 images (median 3), 40 of one image</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture,
            $"{Count} groups of {(Smallest == Largest ? $"{Largest}" : $"{Smallest}–{Largest}")} images " +
            $"(median {Median}), {Singletons} of one image");
}
