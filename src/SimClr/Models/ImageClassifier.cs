using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// An encoder with a classification layer: x (N, channels, S, S) float32 → logits (N, C). The input of the layer is h or, as in SimCLR v2,
/// a middle layer of the projection head. The head's layers up to there are part of the network.
/// </summary>
/// <remarks>
/// State-dict names begin with <c>encoder.</c>, <c>head.</c> and <c>fc.</c>. The classification layer starts at 0, so all classes start
/// equal (Google's linear evaluation). In eval mode and without gradients, several threads may compute at once. Training, and changes of
/// weights, mode or device, are for one thread alone.
/// </remarks>
public sealed class ImageClassifier : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> encoder;
    private readonly ProjectionHead head;
    private readonly Linear fc;

    /// <summary>Makes the network in training mode on the CPU, with weights drawn from <paramref name="seed"/>.</summary>
    /// <param name="encoderOptions">The encoder.</param>
    /// <param name="headOptions">The projection head that provides the middle layers.</param>
    /// <param name="headLayers">The number of its layers in this network: 0 for none, less than it has.</param>
    /// <param name="classes">C, at least 2.</param>
    /// <param name="imageSize">S, in pixels.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ConfigurationException">A custom encoder cannot be made.</exception>
    public ImageClassifier(EncoderOptions encoderOptions, ProjectionHeadOptions headOptions, int headLayers, int classes,
        int imageSize, long seed) : base(nameof(ImageClassifier))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        ArgumentNullException.ThrowIfNull(encoderOptions);
        (EncoderOptions, ImageSize) = (encoderOptions.For(imageSize), imageSize);
        using var generator = new Generator((ulong)seed, CPU);
        encoder = encoderOptions.Create(imageSize, generator);
        FeatureDim = EncoderFacts.Of(encoder)!.FeatureDim;
        head = new ProjectionHead(headOptions, FeatureDim, generator, headLayers);
        fc = Linear(head.OutputDim, classes);
        using (no_grad())
        {
            fc.weight.zero_();
            fc.bias!.zero_();
        }
        (HeadLayers, Classes) = (headLayers, classes);
        RegisterComponents();
    }

    /// <summary>The options of <see cref="Encoder"/>, with every automatic value (null, 0 or Auto) resolved.</summary>
    public EncoderOptions EncoderOptions { get; }

    /// <summary>S, the image size of the network in pixels.</summary>
    public int ImageSize { get; }

    /// <summary>D, the length of h.</summary>
    public int FeatureDim { get; }

    /// <summary>The encoder f(·).</summary>
    public Module<Tensor, Tensor> Encoder => encoder;

    /// <summary>The first layers of the head; the identity without any.</summary>
    public ProjectionHead Head => head;

    /// <summary>The classification layer.</summary>
    public Linear Classifier => fc;

    /// <summary>The number of projection-head layers in the network.</summary>
    public int HeadLayers { get; }

    /// <summary>C.</summary>
    public int Classes { get; }

    /// <summary>Loads the weights of a pretrained network. The classification layer does not change.</summary>
    /// <param name="encoderState">By state-dict name; borrowed.</param>
    /// <param name="headState">
    /// The state of the whole projection head, of which the first layers are used; borrowed. Ignored without such layers.
    /// </param>
    /// <exception cref="InvalidDataException">The weights are of another architecture.</exception>
    public void StartFrom(IReadOnlyDictionary<string, Tensor> encoderState, IReadOnlyDictionary<string, Tensor> headState)
    {
        ArgumentNullException.ThrowIfNull(headState);
        ModelState.Load(encoder, encoderState);
        var own = head.state_dict();
        ModelState.Load(head, headState.Where(t => own.ContainsKey(t.Key)).ToDictionary());
    }

    /// <summary>Computes the logits.</summary>
    /// <param name="input">x (N, channels, S, S) float32; borrowed.</param>
    /// <returns>(N, C) float32; owned by the caller.</returns>
    public override Tensor forward(Tensor input)
    {
        using var h = EncoderOutput.Require(encoder.call(input), input, EncoderOptions, FeatureDim);
        return Classify(h);
    }

    /// <summary>Computes the logits of representations.</summary>
    /// <param name="h">(N, D) float32; borrowed.</param>
    /// <returns>(N, C) float32; owned by the caller.</returns>
    public Tensor Classify(Tensor h)
    {
        using var middle = head.call(h);
        return fc.call(middle);
    }
}
