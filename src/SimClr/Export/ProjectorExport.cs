using System.Globalization;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Images;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Export;

/// <summary>
/// An encoder's representations of images, with thumbnails and classes, for TensorBoard's embedding projector
/// (<see cref="EmbeddingProjector"/>).
/// </summary>
/// <param name="Images">The number of points: the readable images.</param>
/// <param name="Dimensions">D, the numbers per point.</param>
public sealed record ProjectorExport(int Images, int Dimensions)
{
    private const int LargestThumbnail = 64;

    /// <summary>Encodes images and writes the projector's files; existing ones are replaced.</summary>
    /// <param name="folder">The folder; created if missing.</param>
    /// <param name="model">Borrowed.</param>
    /// <param name="images">The images. Damaged ones are left out and reported.</param>
    /// <param name="device">The device of the model.</param>
    /// <param name="messages">Receives the damaged images.</param>
    public static ProjectorExport Write(string folder, TrainedEncoder model, IImageDataset images, Device device, IMessages messages)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        var extractor = new FeatureExtractor(images);
        using var features = extractor.Encode(model.Model.Encoder, model.Options.Preprocessing, device);
        DamagedImageLog.WriteAll(extractor.BadImages, messages);

        int[] shown = [.. Enumerable.Range(0, images.Count).Except(extractor.BadImages.Select(b => b.Index))];
        int side = EmbeddingProjector.ThumbnailSide(shown.Length, Math.Min(LargestThumbnail, ImageSource.LargestSide(images)));
        string Class(int index) => images.Label(index) is >= 0 and var label ? images.Classes[label] : "";
        EmbeddingProjector.Write(
            folder,
            string.Create(CultureInfo.InvariantCulture, $"h of {images.Name}"),
            features.Values,
            [("class", [.. shown.Select(Class)]), ("image", [.. shown.Select(images.Describe)])],
            Thumbnails(images, shown, side, model.Options.Preprocessing));
        return new ProjectorExport(shown.Length, (int)features.Dimensions);
    }

    private static IEnumerable<DecodedImage> Thumbnails(
        IImageDataset images, int[] indices, int side, Preprocessing prepared)
    {
        var renderer = new ThumbnailRenderer(side, prepared);
        foreach (int index in indices) yield return renderer.Center(images.ReadWhole(index));
    }
}
