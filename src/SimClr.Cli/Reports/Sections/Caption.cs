using SimClr.Datasets;

namespace SimClr.Cli.Reports;

/// <summary>The caption of a picture.</summary>
internal static class Caption
{
    /// <summary>The image's class, or its number where it has no label.</summary>
    public static string Of(IImageDataset data, int index) => data.Label(index) is >= 0 and var label ? data.Classes[label] : $"image {index}";
}
