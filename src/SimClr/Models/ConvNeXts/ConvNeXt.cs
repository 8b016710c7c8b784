using System.Globalization;
using SimClr.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// A ConvNeXt (Liu et al. 2022) up to h. x (N, C, S, S) float32 → h (N, D) float32: the mean over all pixels of the last stage, after the
/// layer norm that torchvision keeps in <c>classifier.0</c>. That norm belongs to h here, as in the paper and in timm.
/// </summary>
/// <remarks>
/// State-dict names are torchvision's, without <c>classifier.2</c>. Weights are initialised from N(0, 0.02²), biases at 0; torchvision and
/// the authors cut the same distribution at ±2, a hundred standard deviations. In eval mode and without gradients, several threads may
/// compute at once. Training, and changes of weights, mode or device, are for one thread alone.
/// </remarks>
public sealed class ConvNeXt : Module<Tensor, Tensor>, IEncoder, IStagedEncoder, IOnnxExportable
{
    internal const double Epsilon = 1e-6; // of every layer norm

    // Field names are state-dict names.
    private readonly Sequential features, classifier;
    private readonly Module<Tensor, Tensor>[] layers; // the children of features

    /// <summary>Makes the network in training mode, with new random weights.</summary>
    /// <param name="options">The options.</param>
    /// <param name="imageSize">S. It decides an automatic patch.</param>
    /// <param name="generator">The source of the weights; borrowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public ConvNeXt(ConvNeXtOptions options, int imageSize, Generator generator) : base(nameof(ConvNeXt))
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options.For(imageSize);
        int patch = Options.Patch!.Value, block = 0, blocks = Options.Blocks.Sum();
        var parts = new List<Module<Tensor, Tensor>>
        {
            new PatchConvolution(Options.Channels, Options.ChannelsOf(0), patch, normFirst: false, generator),
        };
        for (int stage = 0; stage < 4; stage++)
        {
            int channels = Options.ChannelsOf(stage);
            if (stage > 0) parts.Add(new PatchConvolution(Options.ChannelsOf(stage - 1), channels, 2, normFirst: true, generator));
            parts.Add(Sequential([.. Enumerable.Range(0, Options.Blocks[stage]).Select(i => (Name(i), (Module<Tensor, Tensor>)
                new ConvNeXtBlock(channels, Options.LayerScale,
                    StochasticDepth.Of(block++, blocks, Options.StochasticDepth), generator)))]));
        }
        layers = [.. parts];
        features = Sequential([.. layers.Select((layer, i) => (Name(i), layer))]);
        classifier = Sequential(("0", (Module<Tensor, Tensor>)LayerNorm(FeatureDim, Epsilon)));
        RegisterComponents();
    }

    /// <summary>The options, with the patch resolved.</summary>
    public ConvNeXtOptions Options { get; }

    EncoderOptions IEncoder.Options => Options;

    /// <summary>D, the length of h: 768·width, and 1,024·width for ConvNeXt-Base.</summary>
    public int FeatureDim => Options.FeatureDim;

    /// <summary><c>stem</c>, <c>stage1</c> to <c>stage4</c> (each with the downsampling before it), and <c>norm</c>.</summary>
    public IReadOnlyList<EncoderStage> Stages { get; } =
        [new("stem", ["features.0"]), new("stage1", ["features.1"]), new("stage2", ["features.2", "features.3"]),
            new("stage3", ["features.4", "features.5"]), new("stage4", ["features.6", "features.7"]), new("norm", ["classifier.0"])];

    /// <summary>Computes the representation.</summary>
    /// <param name="input">x (N, C, S, S) float32; borrowed.</param>
    /// <returns>h (N, D) float32; owned by the caller.</returns>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var x = input.permute(0, 2, 3, 1);                                          // (N, H, W, C), as every layer has it
        foreach (var layer in layers) x = layer.call(x);
        return classifier.call(x.mean([1, 2])).MoveToOuterDisposeScope();
    }

    string IOnnxExportable.Title => Options.Describe();

    string IOnnxExportable.AddTo(OnnxGraph graph, string x, int imageSize) => new OnnxConvNeXt(graph, this).Add(x);

    private static string Name(int child) => child.ToString(CultureInfo.InvariantCulture);
}
