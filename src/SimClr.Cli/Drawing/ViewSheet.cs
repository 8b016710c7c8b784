using SimClr.Datasets;
using SimClr.Pretraining;

namespace SimClr.Cli.Drawing;

/// <summary>The contact sheet of a run's views: the input of the encoder for a few images drawn with the seed.</summary>
internal static class ViewSheet
{
    /// <summary>The views of some images in the first epochs.</summary>
    /// <param name="data">The images. Damaged ones are skipped.</param>
    /// <param name="options">Complete options.</param>
    /// <param name="images">The number of rows.</param>
    /// <param name="pairs">Pairs of views per row, for the epochs 0, 1, … With groups, each pair has its own row.</param>
    /// <param name="groups">The groups of the pairs; null: both views show the same image.</param>
    public static ContactSheet Of(IImageDataset data, PretrainOptions options, int images, int pairs, ImageGroups? groups = null) =>
        ContactSheet.OfViews(
            $"{data.Name}: views of {options.ImageSize} × {options.ImageSize} pixels", ImageViews.Of(data, options, images, pairs, groups));

    /// <summary>The sheet of the first views of a run, as a PNG.</summary>
    public static byte[] OfRun(IImageDataset data, PretrainOptions options, ImageGroups? groups) =>
        Of(data, options, images: 6, pairs: 2, groups).ToPng();
}
