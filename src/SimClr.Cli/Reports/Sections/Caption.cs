using SimClr.Datasets;

namespace SimClr.Cli.Reports;

/// <summary>The caption of a picture.</summary>
internal static class Caption
{
    /// <summary>The class of the image, or its number if it has no label.</summary>
    public static string Of(IImageDataset data, int index) =>
        data.Label(index) is >= 0 and var label ? data.Classes[label] : $"image {index}";
}
