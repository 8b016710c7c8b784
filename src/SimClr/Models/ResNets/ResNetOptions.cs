using System.Globalization;
using System.Text.Json.Serialization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>A ResNet without its classification layer: the kind <c>resnet</c> of encoders.</summary>
public sealed record ResNetOptions : EncoderOptions
{
    /// <summary>The depth. Default ResNet-18. The paper's ImageNet results use ResNet-50.</summary>
    public ResNetDepth Arch { get; init; } = ResNetDepth.Resnet18;

    /// <summary>
    /// The factor on every number of channels (SimCLR, §3: 1×, 2×, 4×), in [1/16, 8]; 64·width must be an integer. Default 1.
    /// </summary>
    public double Width { get; init; } = 1;

    /// <summary>The stem. Default: by image size.</summary>
    public Stem Stem { get; init; } = Stem.Auto;

    /// <summary>The ResNet variant: torchvision's (the default), or Google's, for weights published by Google.</summary>
    public ResNetLayout Layout { get; init; } = ResNetLayout.Torchvision;

    /// <summary>
    /// Whether the 3×3 convolutions of bottleneck blocks have two paths, between which the network selects (SimCLR v2, §2; Li et al. 2019).
    /// This includes ResNet-D's shortcuts and, for <see cref="Stem.Imagenet"/>, its stem, as in Google's <c>resnet.py</c>. Default false;
    /// not for ResNet-18 and -34.
    /// </summary>
    public bool SelectiveKernels { get; init; }

    /// <summary>
    /// Whether γ of the last batch norm in every residual block starts at 0, so that every block starts as the identity (Goyal et al. 2017;
    /// Google's SimCLR). Default true.
    /// </summary>
    public bool ZeroInitResidual { get; init; } = true;

    /// <summary>The channels of the first stage: 64·width.</summary>
    internal int BaseChannels => (int)Math.Round(64 * Width);

    /// <summary>D, the length of h. It is derived, not a key of a recipe.</summary>
    [JsonIgnore]
    public int FeatureDim => ResNetTopology.FeaturesOf(this);

    /// <inheritdoc/>
    public override ResNetOptions For(int imageSize) => Stem != Stem.Auto ? this
        : this with { Stem = imageSize <= 64 ? Stem.Small : Stem.Imagenet };

    /// <inheritdoc/>
    public override ResNetOptions CompletedBy(EncoderOptions others) =>
        Stem == Stem.Auto && others is ResNetOptions { Stem: var stem } ? this with { Stem = stem } : this;

    /// <inheritdoc/>
    public override Module<Tensor, Tensor> Create(int imageSize, Generator generator) => new ResNet(this, imageSize, generator);

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture, $"{AsOption(Arch)} × {Width}");

    private protected override Enum Size => Arch;

    /// <inheritdoc/>
    public override string DescribeFully() => $"{Describe()}{(SelectiveKernels ? " with selective kernels" : "")}";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, object Value)> Traits() => [("stem", Stem)];

    /// <inheritdoc/>
    public override string? Objection(int imageSize) => Stem == Stem.Imagenet && imageSize <= 64
        ? $"ImageNet's stem leaves {imageSize / 4} × {imageSize / 4} of views of {imageSize} pixels, a common cause of missed CIFAR " +
            $"figures: --set encoder.stem=small (or small-stride2)."
        : null;

    // 17 bytes per output of a convolution were measured (benchmarks/results, step-…).
    internal override double StoredBytes(int imageSize) => 18 *
        new ResNetTopology(For(imageSize)).Sides(imageSize).Sum(layer => (double)layer.Convolution.Outputs * layer.Side * layer.Side);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (!(Width >= 1.0 / 16 && Width <= 8) || Math.Abs(64 * Width - BaseChannels) > 1e-9)
            throw new ArgumentOutOfRangeException(
                nameof(Width), Width, "The width factor must lie in [0.0625, 8] and make 64·width a whole number.");
        if (!Enum.IsDefined(Arch))
            throw new ArgumentOutOfRangeException(nameof(Arch), Arch, "Unknown depth; known are 18, 34, 50, 101 and 152.");
        if (!Enum.IsDefined(Layout))
            throw new ArgumentOutOfRangeException(nameof(Layout), Layout, "Unknown layout; known are torchvision's and Google's.");
        if (SelectiveKernels && ResNetTopology.BlocksOf(Arch).Basic)
            throw new ArgumentOutOfRangeException(nameof(SelectiveKernels), SelectiveKernels, $"Selective kernels are for bottleneck " +
                $"blocks, which {AsOption(Arch)} has not: take ResNet-50, -101 or -152.");
    }
}
