using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// Encoder and projection head: x (N, channels, S, S) float32 → h = f(x) (N, D) → z = g(h) (N, d) (SimCLR, §2.1). State-dict names begin
/// with <c>encoder.</c> and <c>head.</c>.
/// </summary>
/// <remarks>
/// In eval mode and without gradients several threads may compute at once; training, changing weights, mode or device is for one alone.
/// </remarks>
public sealed class SimClrModel : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> encoder;
    private readonly ProjectionHead head;

    /// <summary>Makes the network in training mode on the CPU, with weights drawn from <paramref name="seed"/>.</summary>
    /// <param name="encoderOptions">The encoder.</param>
    /// <param name="headOptions">The projection head.</param>
    /// <param name="imageSize">S, in pixels.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ConfigurationException">A custom encoder cannot be made.</exception>
    public SimClrModel(EncoderOptions encoderOptions, ProjectionHeadOptions headOptions, int imageSize, long seed)
        : base(nameof(SimClrModel))
    {
        ArgumentNullException.ThrowIfNull(encoderOptions);
        (EncoderOptions, HeadOptions, ImageSize) = (encoderOptions.For(imageSize), headOptions, imageSize);
        using var generator = new Generator((ulong)seed, CPU);
        encoder = encoderOptions.Create(imageSize, generator);
        FeatureDim = EncoderFacts.Of(encoder)!.FeatureDim;
        head = new ProjectionHead(headOptions, FeatureDim, generator);
        RegisterComponents();
    }

    /// <summary>The options of <see cref="Encoder"/>, with every automatic value (null, 0 or Auto) resolved.</summary>
    public EncoderOptions EncoderOptions { get; }

    /// <summary>The options of <see cref="Head"/>.</summary>
    public ProjectionHeadOptions HeadOptions { get; }

    /// <summary>S, the image size of the network in pixels.</summary>
    public int ImageSize { get; }

    /// <summary>D, the length of h.</summary>
    public int FeatureDim { get; }

    /// <summary>The encoder f(·), the result of pretraining.</summary>
    public Module<Tensor, Tensor> Encoder => encoder;

    /// <summary>The projection head g(·), which is discarded after pretraining.</summary>
    public ProjectionHead Head => head;

    /// <summary>Computes the projection of a batch of views.</summary>
    /// <param name="input">x (N, channels, S, S) float32; borrowed.</param>
    /// <returns>z (N, d) float32; owned by the caller.</returns>
    public override Tensor forward(Tensor input)
    {
        using var h = encoder.call(input);
        return head.call(h);
    }
}
