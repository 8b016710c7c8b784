namespace SimClr.Loading;

/// <summary>The columns of a Parquet file that hold the images and their labels. A nested name has points: <c>sample.image</c>.</summary>
public sealed record ParquetColumns
{
    /// <summary>
    /// The column of the images: of bytes, or of pairs of <c>bytes</c> and <c>path</c>. Null (the default): the column that Hugging Face's
    /// metadata calls an image, else <c>image</c> or <c>img</c>, else the only one that can hold images.
    /// </summary>
    public string? Image { get; init; }

    /// <summary>
    /// The column of the labels: whole numbers, also as real ones, booleans or texts. Null (the default): the column that Hugging Face's
    /// metadata calls a class label, else <c>label</c>; without one the images have no labels. Empty: no labels.
    /// </summary>
    public string? Label { get; init; }
}
