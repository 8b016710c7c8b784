using SimClr.Evaluation;
using SimClr.Images;
using SimClr.IO;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Encoders;

/// <summary>An encoder with its preprocessing, by default that of its training.</summary>
public sealed class Embedder : IDisposable
{
    private readonly TrainedEncoder model;
    private readonly Device device;

    /// <param name="model">Owned by this object from here on.</param>
    /// <param name="device">The device of the model.</param>
    /// <param name="preprocessing">The preprocessing, if it differs from training.</param>
    /// <exception cref="ConfigurationException">The encoder takes no images of the preprocessing's size.</exception>
    public Embedder(TrainedEncoder model, Device device, Preprocessing? preprocessing = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.device = device;
        Preprocessing = (preprocessing ?? model.Options.Preprocessing).ForChannels(model.Options.Encoder.Channels);
        Preprocessing.Validate(model.Options.Encoder.Channels);
        this.model = model.Resized(Preprocessing.ImageSize);
    }

    /// <summary>The preprocessing of images before f(·).</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>D, the length of h.</summary>
    public int Dimensions => model.Model.FeatureDim;

    /// <summary>The SHA-256 of the encoder's parameters and buffers, in lower-case hexadecimal.</summary>
    public string WeightsSha256() => ModelState.Sha256(model.Model.Encoder);

    /// <summary>The file of the weights.</summary>
    public string Weights => model.Source;

    /// <summary>Encodes batch by batch from image <paramref name="first"/> on. Each batch is owned by the caller.</summary>
    /// <param name="images">The images; borrowed.</param>
    /// <param name="first">The index of the first image: a multiple of <see cref="FeatureExtractor.BatchSize"/>.</param>
    public IEnumerable<FeatureBatch> Batches(FeatureExtractor images, int first = 0) =>
        images.Batches(model.Model.Encoder, Preprocessing, device, first);

    /// <summary>Encodes one image file.</summary>
    /// <param name="file">The path of an image.</param>
    /// <returns>h (1, D) float32 on the CPU; owned by the caller.</returns>
    /// <exception cref="InvalidDataException">The image is damaged.</exception>
    public Tensor Encode(string file)
    {
        RegularFile.Require(file);
        var images = new SingleImage(file, ImageDecoder.Read(file, options: Preprocessing.Decoding));
        using var features = new FeatureExtractor(images).Encode(model.Model.Encoder, Preprocessing, device);
        return features.Values.clone();
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => model.Dispose();
}
