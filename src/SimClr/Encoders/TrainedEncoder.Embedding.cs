using System.Collections.Concurrent;
using System.Numerics.Tensors;
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Images;
using SimClr.IO;
using SimClr.Models;
using SimClr.Views;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Encoders;

// Images → h, as in simclr embed: upright, the middle square, resized and normalised as in training, eval mode, no gradients.
public sealed partial class TrainedEncoder
{
    private readonly ConcurrentBag<CpuViewRenderer> renderers = [];
    private readonly Lazy<IInferenceEncoder?> folded;

    /// <summary>D, the length of h.</summary>
    public int Dimensions => Model.FeatureDim;

    /// <summary>Encodes an image file. Thread-safe; uses the weights as they are at the first call.</summary>
    /// <param name="file">The path of an image in a format that <see cref="ImageDecoder"/> supports.</param>
    /// <returns>h (D), not normalised; owned by the caller.</returns>
    /// <exception cref="InvalidDataException">
    /// The image is damaged, has another number of channels than the encoder takes, or is not a regular file; or h is not finite.
    /// </exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public float[] Embed(string file)
    {
        RegularFile.Require(file);
        return Embed(ImageDecoder.Read(file, options: Options.Preprocessing.Decoding), file);
    }

    /// <summary>Encodes an encoded image in memory; see <see cref="Embed(string)"/>.</summary>
    /// <param name="encoded">The bytes of a JPEG, PNG or another format that <see cref="ImageDecoder"/> supports; borrowed.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <returns>h (D); owned by the caller.</returns>
    /// <exception cref="InvalidDataException">The image is damaged, or has another number of channels than the encoder takes.</exception>
    public float[] Embed(ReadOnlySpan<byte> encoded, string name = "the image") =>
        Embed(ImageDecoder.Decode(encoded, name, options: Options.Preprocessing.Decoding), name);

    /// <summary>Encodes an image from a stream, which is read to its end; see <see cref="Embed(string)"/>.</summary>
    /// <param name="encoded">The stream; borrowed, and left open.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <returns>h (D); owned by the caller.</returns>
    /// <exception cref="InvalidDataException">The image is damaged, or has another number of channels than the encoder takes.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public float[] Embed(Stream encoded, string name = "the image")
    {
        ArgumentNullException.ThrowIfNull(encoded);
        using var bytes = new MemoryStream();
        encoded.CopyTo(bytes);
        return Embed(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), name);
    }

    /// <summary>Encodes a decoded image; see <see cref="Embed(string)"/>.</summary>
    /// <param name="image">Decoded with the options of the encoder's preprocessing; borrowed.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <returns>h (D); owned by the caller.</returns>
    /// <exception cref="InvalidDataException">The image has another number of channels than the encoder takes.</exception>
    public float[] Embed(DecodedImage image, string name = "the image")
    {
        var (channels, preprocessing) = (Options.Encoder.Channels, Options.Preprocessing);
        image = EncoderImages.For(image, channels, name);
        if (!renderers.TryTake(out var renderer)) renderer = new CpuViewRenderer(preprocessing.ForChannels(channels), channels);
        float[] view = new float[channels * preprocessing.ImageSize * preprocessing.ImageSize];
        renderer.Render(image, view);
        renderers.Add(renderer);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var x = tensor(view, [1, channels, preprocessing.ImageSize, preprocessing.ImageSize]);
        var network = Model.Encoder;
        var h = folded.Value is { } quick ? quick.Forward(x) : network.call(x.to(Model.parameters().First().device)).cpu();
        float[] values = h.to(ScalarType.Float32).data<float>().ToArray();
        return TensorPrimitives.IsFiniteAll<float>(values) ? values : throw FeatureExtractor.NotFinite(name);
    }

    /// <summary>
    /// Encodes every readable image of a data set, batch by batch, on all processors: bit for bit the rows of <c>simclr embed</c>. One call
    /// at a time.
    /// </summary>
    /// <param name="images">Borrowed.</param>
    /// <param name="progress">Receives the number of images done. Default: none.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>
    /// h (M, D) on the CPU, with the images' labels. Damaged images have no row: <see cref="Features.Indices"/> says which images have one.
    /// Owned by the caller.
    /// </returns>
    /// <exception cref="InvalidDataException">
    /// No image can be read, more than half are damaged, they have another number of channels than the encoder takes, or h is not finite.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public Features Embed(IImageDataset images, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        new FeatureExtractor(images).Encode(Model.Encoder, Options.Preprocessing.ForChannels(Options.Encoder.Channels),
            Model.parameters().First().device, progress, cancellationToken);

    private IInferenceEncoder? Folded() =>
        Model.parameters().First().device_type == DeviceType.CPU ? (Model.Encoder as IFoldable)?.Fold() : null;
}
