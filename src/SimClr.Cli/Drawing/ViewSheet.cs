using SimClr.Datasets;
using SimClr.Pretraining;

namespace SimClr.Cli.Drawing;

/// <summary>The contact sheet of a run's views: what the encoder will see of a few images drawn by the seed.</summary>
internal static class ViewSheet
{
    /// <summary>The first epochs' views of some images.</summary>
    /// <param name="data">The images; damaged ones are passed over.</param>
    /// <param name="options">Complete options.</param>
    /// <param name="images">Rows.</param>
    /// <param name="pairs">Pairs of views in a row: epochs 0, 1, … Of a group each has a row of its own.</param>
    /// <param name="groups">That pairs are taken from; null: both views are of one image.</param>
    public static ContactSheet Of(IImageDataset data, PretrainOptions options, int images, int pairs, ImageGroups? groups = null) =>
        ContactSheet.OfViews($"{data.Name}: views of {options.ImageSize} × {options.ImageSize} pixels", ImageViews.Of(data, options, images, pairs, groups));

    /// <summary>The sheet with which a run begins, as a PNG.</summary>
    public static byte[] OfRun(IImageDataset data, PretrainOptions options, ImageGroups? groups) => Of(data, options, images: 6, pairs: 2, groups).ToPng();
}
