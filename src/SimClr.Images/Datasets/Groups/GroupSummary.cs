namespace SimClr.Datasets;

/// <summary>The groups of a data set in numbers: what a run keeps of them, and needs again when it goes on.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Singletons">How many are of one image, whose pairs are two views of it.</param>
/// <param name="Smallest">Images of the smallest group.</param>
/// <param name="Median">Images of the median group, of an even number of groups the larger one.</param>
/// <param name="Largest">Images of the largest group.</param>
/// <param name="Sha256">Of the group's number of every image in their order (int32, little-endian); names are not in it.</param>
public sealed record GroupSummary(int Count, int Singletons, int Smallest, int Median, int Largest, string Sha256)
{
    /// <summary><c>512 groups of 1–9 images (median 3), 40 of one image</c>.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Count} groups of {(Smallest == Largest ? $"{Largest}" : $"{Smallest}–{Largest}")} images (median {Median}), {Singletons} of one image");
}
