using System.Globalization;
using System.Text.Json.Serialization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>The encoder f(·): a ResNet without its classification layer.</summary>
public sealed record EncoderOptions
{
    /// <summary>C, channels of the images, in [1, 1024]: 3 (the default) for colours, 1 for gray, any other number for bands.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Depth; default ResNet-18. The paper's ImageNet results use ResNet-50.</summary>
    public ResNetDepth Arch { get; init; } = ResNetDepth.Resnet18;

    /// <summary>Factor on every channel count (SimCLR, §3: 1×, 2×, 4×), in [1/16, 8]; 64·width must be whole. Default 1.</summary>
    public double Width { get; init; } = 1;

    /// <summary>Stem; default by image size.</summary>
    public Stem Stem { get; init; } = Stem.Auto;

    /// <summary>Which ResNet variant: torchvision's (the default), or Google's, which weights published by Google need.</summary>
    public ResNetLayout Layout { get; init; } = ResNetLayout.Torchvision;

    /// <summary>
    /// Whether the 3×3 convolutions of bottleneck blocks have two paths, between which the network chooses (SimCLR v2, §2; Li et al. 2019). With them come
    /// ResNet-D's shortcuts and, for <see cref="Stem.Imagenet"/>, its stem, as in Google's <c>resnet.py</c>. Default false; not for ResNet-18 and -34.
    /// </summary>
    public bool SelectiveKernels { get; init; }

    /// <summary>Whether γ of the last batch norm of every residual block starts at 0, so that every block starts as the identity (Goyal et al. 2017; Google's SimCLR). Default true.</summary>
    public bool ZeroInitResidual { get; init; } = true;

    /// <summary>Channels of the first stage: 64·width.</summary>
    internal int BaseChannels => (int)Math.Round(64 * Width);

    /// <summary>D, the length of h: derived, no key of a recipe.</summary>
    [JsonIgnore]
    public int FeatureDim => ResNetTopology.FeaturesOf(this);

    /// <summary>These options with every automatic value (null, 0 or Auto) decided.</summary>
    /// <param name="imageSize">S, in pixels.</param>
    public EncoderOptions For(int imageSize) => Stem != Stem.Auto ? this : this with { Stem = imageSize <= 64 ? Stem.Small : Stem.Imagenet };

    /// <summary>These options with what is left open taken from others.</summary>
    /// <param name="others">Borrowed.</param>
    public EncoderOptions CompletedBy(EncoderOptions others)
    {
        ArgumentNullException.ThrowIfNull(others);
        return Stem != Stem.Auto ? this : this with { Stem = others.Stem };
    }

    /// <summary>Makes the network: a module x (N, C, S, S) → h (N, D), in training mode on the CPU.</summary>
    /// <param name="imageSize">S, in pixels: decides what is left open.</param>
    /// <param name="generator">What the weights are drawn from; borrowed.</param>
    /// <returns>The caller's.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public Module<Tensor, Tensor> Create(int imageSize, Generator generator) => new ResNet(this, imageSize, generator);

    /// <summary>Kind and size in a few words: <c>Resnet50 × 2</c>.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{Arch} × {Width}");

    /// <summary>The same with what changes every block: <c>Resnet50 × 2 with selective kernels</c>.</summary>
    public string DescribeFully() => $"{Describe()}{(SelectiveKernels ? " with selective kernels" : "")}";

    /// <summary>Further settings that reports show, by name: the stem.</summary>
    public IReadOnlyList<(string Name, object Value)> Traits() => [("stem", Stem)];

    /// <summary>What speaks against this network for images of a size, in a sentence; null for nothing.</summary>
    /// <param name="imageSize">S, in pixels.</param>
    public string? Objection(int imageSize) => Stem == Stem.Imagenet && imageSize <= 64
        ? $"ImageNet's stem leaves {imageSize / 4} × {imageSize / 4} of views of {imageSize} pixels, a common cause of missed CIFAR figures: --set encoder.stem=small (or small-stride2)."
        : null;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside; the message names it.</exception>
    public void Validate()
    {
        if (!(Width >= 1.0 / 16 && Width <= 8) || Math.Abs(64 * Width - BaseChannels) > 1e-9)
            throw new ArgumentOutOfRangeException(nameof(Width), Width, "The width factor must lie in [0.0625, 8] and make 64·width a whole number.");
        if (Channels is < 1 or > 1024)
            throw new ArgumentOutOfRangeException(nameof(Channels), Channels, "The images' channels must lie in [1, 1024].");
        if (!Enum.IsDefined(Arch))
            throw new ArgumentOutOfRangeException(nameof(Arch), Arch, "Unknown depth; known are 18, 34, 50, 101 and 152.");
        if (!Enum.IsDefined(Layout))
            throw new ArgumentOutOfRangeException(nameof(Layout), Layout, "Unknown layout; known are torchvision's and Google's.");
        if (SelectiveKernels && ResNetTopology.BlocksOf(Arch).Basic)
            throw new ArgumentOutOfRangeException(nameof(SelectiveKernels), SelectiveKernels, $"Selective kernels are for bottleneck blocks, which {Arch} has not: take ResNet-50, -101 or -152.");
    }
}
