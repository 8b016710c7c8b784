using SimClr.Evaluation;
using SimClr.Images;
using SimClr.IO;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Encoders;

/// <summary>An encoder and how its images are prepared: by default as in training.</summary>
public sealed class Embedder : IDisposable
{
    private readonly TrainedEncoder model;
    private readonly Device device;

    /// <param name="model">Owned from here on.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="preprocessing">How images are prepared, if not as in training.</param>
    public Embedder(TrainedEncoder model, Device device, Preprocessing? preprocessing = null)
    {
        (this.model, this.device) = (model, device);
        Preprocessing = (preprocessing ?? model.Options.Preprocessing).ForChannels(model.Options.Encoder.Channels);
        Preprocessing.Validate(model.Options.Encoder.Channels);
    }

    /// <summary>How images are prepared before f(·).</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>D, the length of h.</summary>
    public int Dimensions => model.Model.FeatureDim;

    /// <summary>The SHA-256 of the encoder's parameters and buffers, in lower-case hexadecimal.</summary>
    public string WeightsSha256() => ModelState.Sha256(model.Model.Encoder);

    /// <summary>The file that the weights came from.</summary>
    public string Weights => model.Source;

    /// <summary>Encodes batch by batch from image <paramref name="first"/> on; each batch belongs to whoever enumerates.</summary>
    public IEnumerable<FeatureBatch> Batches(FeatureExtractor images, int first = 0) =>
        images.Batches(model.Model.Encoder, Preprocessing, device, first);

    /// <summary>Encodes one image file.</summary>
    /// <param name="file">The path of an image.</param>
    /// <returns>h (1, D) float32 on the CPU; owned by the caller.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public Tensor Encode(string file)
    {
        RegularFile.Require(file);
        var images = new SingleImage(file, ImageDecoder.Read(file));
        using var features = new FeatureExtractor(images).Encode(model.Model.Encoder, Preprocessing, device);
        return features.Values.clone();
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => model.Dispose();
}
