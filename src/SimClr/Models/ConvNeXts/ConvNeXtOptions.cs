using System.Globalization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>A ConvNeXt without its classification layer (Liu et al. 2022): the kind <c>convnext</c> of encoders.</summary>
public sealed record ConvNeXtOptions : EncoderOptions
{
    private const int Shrinking = 8; // of the sides, from the first stage to the last

    /// <summary>The size. Default ConvNeXt-Tiny.</summary>
    public ConvNeXtSize Arch { get; init; } = ConvNeXtSize.ConvnextTiny;

    /// <summary>The factor on every number of channels, in [1/16, 4]; 32·width must be an integer. Default 1. Not in the paper.</summary>
    public double Width { get; init; } = 1;

    /// <summary>
    /// The side of the stem's patches in pixels: 1, 2 or 4. The stem is a convolution whose kernel and stride are the patch. Default null,
    /// by image size: 4, the paper's, for S above 64; 2 from 16 on, because 4 leaves one pixel to the last stage; 1 below.
    /// </summary>
    public int? Patch { get; init; }

    /// <summary>
    /// The initial value of LayerScale's factors on every residual branch, in (0, 1]. Default 1e-6, the paper's.
    /// </summary>
    public double LayerScale { get; init; } = 1e-6;

    /// <summary>
    /// Stochastic depth (Huang et al. 2016): the probability that the last block's branch is skipped for a view, in [0, 1). It rises
    /// linearly from 0 at the first block. Only in training. Default 0; the paper's supervised training of ConvNeXt-Tiny has 0.1.
    /// </summary>
    public double StochasticDepth { get; init; }

    /// <inheritdoc/>
    public override bool IsStochastic => StochasticDepth > 0;

    /// <summary>The blocks per stage. A test may ask for others than <see cref="Arch"/> has.</summary>
    internal IReadOnlyList<int>? Depths { get; init; }

    /// <summary>The blocks per stage, resolved.</summary>
    internal IReadOnlyList<int> Blocks => Depths ?? [3, 3, Arch == ConvNeXtSize.ConvnextTiny ? 9 : 27, 3];

    /// <summary>The channels of a stage, 0 to 3.</summary>
    internal int ChannelsOf(int stage) => (int)Math.Round((Arch == ConvNeXtSize.ConvnextBase ? 128 : 96) * Width) << stage;

    /// <summary>D, the length of h: the channels of the last stage.</summary>
    internal int FeatureDim => ChannelsOf(3);

    /// <inheritdoc/>
    /// <exception cref="ConfigurationException">The views are too small for four stages.</exception>
    public override ConvNeXtOptions For(int imageSize)
    {
        var resolved = Patch is not null ? this : this with { Patch = imageSize < 2 * Shrinking ? 1 : imageSize <= 64 ? 2 : 4 };
        return imageSize >= Shrinking * resolved.Patch ? resolved : throw new ConfigurationException($"encoder.patch: with a patch of " +
            $"{resolved.Patch} the last of four stages has no pixel of views of {imageSize} pixels; " +
            $"they need {Shrinking * resolved.Patch}.");
    }

    /// <inheritdoc/>
    public override ConvNeXtOptions CompletedBy(EncoderOptions others) =>
        Patch is null && others is ConvNeXtOptions { Patch: var patch } ? this with { Patch = patch } : this;

    /// <inheritdoc/>
    public override Module<Tensor, Tensor> Create(int imageSize, Generator generator) => new ConvNeXt(this, imageSize, generator);

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture, $"{AsOption(Arch)} × {Width}");

    private protected override Enum Size => Arch;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, object Value)> Traits() => [("patch", Patch!)];

    /// <inheritdoc/>
    public override string? Objection(int imageSize) => imageSize / (8 * For(imageSize).Patch!.Value) is < 2 and var left
        ? $"Four stages with a patch of {For(imageSize).Patch} leave {Math.Max(1, left)} × {Math.Max(1, left)} of views of {imageSize} " +
            $"pixels: --set encoder.patch={Math.Max(1, For(imageSize).Patch!.Value / 2)}."
        : null;

    // What autograd keeps of a pixel in a block, in units of its channels: the inputs of the depthwise convolution, of the norm, of the
    // first layer, of GELU (4) and of the second layer (4), and the branch before LayerScale.
    internal override double StoredBytes(int imageSize)
    {
        double side = (double)imageSize / For(imageSize).Patch!.Value;
        return sizeof(float) * 12.0 * Enumerable.Range(0, 4)
            .Sum(stage => Blocks[stage] * ChannelsOf(stage) * Math.Pow(side / (1 << stage), 2));
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (!Enum.IsDefined(Arch)) throw new ArgumentOutOfRangeException(nameof(Arch), Arch, "Unknown size of a ConvNeXt.");
        if (!(Width >= 1.0 / 16 && Width <= 4) || Math.Abs(32 * Width - Math.Round(32 * Width)) > 1e-9)
            throw new ArgumentOutOfRangeException(
                nameof(Width), Width, "The width factor must lie in [0.0625, 4] and make 32·width a whole number.");
        if (Patch is not (null or 1 or 2 or 4))
            throw new ArgumentOutOfRangeException(nameof(Patch), Patch, "A ConvNeXt's patch must have 1, 2 or 4 pixels a side.");
        if (!(LayerScale is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(LayerScale), LayerScale, "LayerScale must begin in (0, 1].");
        if (!(StochasticDepth is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(StochasticDepth), StochasticDepth, "The stochastic depth must lie in [0, 1).");
    }
}
