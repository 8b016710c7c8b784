using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>A vision transformer without its classification layer (Dosovitskiy et al. 2021): the kind <c>vit</c> of encoders.</summary>
public sealed partial record VisionTransformerOptions : EncoderOptions
{
    private const int LeastPatch = 4, LargestPatch = 32, MostRegisters = 64;

    /// <summary>The size. Default ViT-Small.</summary>
    public VisionTransformerSize Arch { get; init; } = VisionTransformerSize.VitSmall;

    /// <summary>
    /// The side of a patch in pixels, in [4, 32]; S must be a multiple of it. Default null, by image size: 4 for S ≤ 48, 8 for S ≤ 96, else
    /// 16; if S is no multiple of that, the nearest value of which it is.
    /// </summary>
    public int? Patch { get; init; }

    /// <summary>
    /// The heads of an attention, which divide D. Default null: D/64, as in the papers of ViT and DeiT. MoCo v3's ViT-Small has 12.
    /// </summary>
    public int? Heads { get; init; }

    /// <summary>What h is made from. Default: the class token.</summary>
    public TokenPooling Pooling { get; init; } = TokenPooling.Class;

    /// <summary>
    /// The number of register tokens, in [0, 64]: learned tokens without a position that are no part of h (Darcet et al. 2024). Default 0.
    /// </summary>
    public int Registers { get; init; }

    /// <summary>
    /// The initial value of LayerScale's factors on every residual branch (Touvron et al. 2021, arXiv 2103.17239), in [0, 1]; 0, the
    /// default, for a network without them. DINOv2 has 1e-5.
    /// </summary>
    public double LayerScale { get; init; }

    /// <summary>
    /// Stochastic depth (Huang et al. 2016): the probability that the last block's branches are skipped for a view, in [0, 1). It rises
    /// linearly from 0 at the first block. Only in training. Default 0.
    /// </summary>
    public double StochasticDepth { get; init; }

    /// <summary>How tokens know their place. Default: learned.</summary>
    public PositionEmbedding Positions { get; init; } = PositionEmbedding.Learned;

    /// <summary>The rule by which learned positions are resampled to another S. Default torchvision's.</summary>
    public PositionResampling Resampling { get; init; } = PositionResampling.Torchvision;

    /// <inheritdoc/>
    public override bool IsStochastic => StochasticDepth > 0;

    internal override int LargestSize(int imageSize) => Patch is { } patch ? Math.Max(1, imageSize / patch) * patch : imageSize;

    internal override double WarmupShare => 40.0 / 300; // MoCo v3: 40 of 300 epochs

    internal override string? RandomStage => "patch_embed"; // MoCo v3

    /// <summary>D, the length of h and of a token.</summary>
    internal int FeatureDim => 64 * UsualHeads;

    /// <summary>The heads of an attention, resolved.</summary>
    internal int HeadCount => Heads ?? UsualHeads;

    internal bool HasUsualHeads => HeadCount == UsualHeads;

    private int UsualHeads => Arch switch
    {
        VisionTransformerSize.VitTiny => 3,
        VisionTransformerSize.VitSmall => 6,
        VisionTransformerSize.VitBase => 12,
        _ => 16,
    };

    /// <summary>The number of blocks. A test may ask for fewer than <see cref="Arch"/> has.</summary>
    internal int Depth { get; init; }

    /// <summary>The number of blocks, resolved.</summary>
    internal int Blocks => Depth > 0 ? Depth : Arch == VisionTransformerSize.VitLarge ? 24 : 12;

    /// <inheritdoc/>
    /// <exception cref="ConfigurationException"><see cref="Patch"/> does not divide S, or no patch does.</exception>
    public override VisionTransformerOptions For(int imageSize)
    {
        int[] possible = [.. Enumerable.Range(LeastPatch, LargestPatch - LeastPatch + 1).Where(patch => imageSize % patch == 0)];
        if (Patch is { } given && !possible.Contains(given) || possible.Length == 0)
            throw new ConfigurationException($"encoder.patch: {(Patch is { } p ? $"a patch of {p} pixels does not divide" :
                $"no patch of {LeastPatch} to {LargestPatch} pixels divides")} views of {imageSize} pixels; " +
                $"{(possible.Length > 0 ? $"{string.Join(", ", possible)} do"
                    : $"views of {(imageSize + 7) / 16 * 16} pixels can be divided")}.");
        if (Patch is not null) return this;
        double usual = imageSize <= 48 ? 4 : imageSize <= 96 ? 8 : 16;
        return this with { Patch = possible.MinBy(patch => Math.Abs(Math.Log(patch / usual))) };
    }

    /// <inheritdoc/>
    public override VisionTransformerOptions CompletedBy(EncoderOptions others) =>
        Patch is null && others is VisionTransformerOptions { Patch: var patch } ? this with { Patch = patch } : this;

    /// <inheritdoc/>
    public override Module<Tensor, Tensor> Create(int imageSize, Generator generator) => new VisionTransformer(this, imageSize, generator);

    /// <inheritdoc/>
    public override string Describe() => $"{AsOption(Arch)}{(Patch is null ? "" : $"/{Patch}")}";

    private protected override Enum Size => Arch;

    /// <inheritdoc/>
    public override string DescribeFully() => Describe() +
        (HasUsualHeads ? "" : $" with {Heads} heads") +
        (Pooling == TokenPooling.Mean ? " without a class token" : "") +
        (Registers > 0 ? $" with {Registers} registers" : "") +
        (LayerScale > 0 ? " with LayerScale" : "") +
        (Positions == PositionEmbedding.SineCosine ? " with fixed positions" : "");

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, object Value)> Traits() => [("pooling", Pooling)];

    // What autograd keeps of a token in a block, in units of D: the inputs of both norms, of qkv, of the attention (3), of its projection,
    // of fc1, of GELU (4) and of fc2 (4).
    internal override double StoredBytes(int imageSize)
    {
        double tokens = Math.Pow(imageSize / For(imageSize).Patch!.Value, 2) + Registers + (Pooling == TokenPooling.Class ? 1 : 0);
        return sizeof(float) * 16.0 * FeatureDim * tokens * Blocks;
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (!Enum.IsDefined(Arch)) throw new ArgumentOutOfRangeException(nameof(Arch), Arch, "Unknown size of a vision transformer.");
        if (Patch is < LeastPatch or > LargestPatch)
            throw new ArgumentOutOfRangeException(nameof(Patch), Patch, $"A patch must have {LeastPatch} to {LargestPatch} pixels a side.");
        if (Heads is { } heads && (heads < 1 || FeatureDim % heads != 0))
            throw new ArgumentOutOfRangeException(
                nameof(Heads), heads, $"The heads must divide the {FeatureDim} numbers of a {Describe()}'s token.");
        if (!Enum.IsDefined(Pooling)) throw new ArgumentOutOfRangeException(nameof(Pooling), Pooling, "Unknown pooling.");
        if (Registers is < 0 or > MostRegisters)
            throw new ArgumentOutOfRangeException(nameof(Registers), Registers, $"The registers must lie in [0, {MostRegisters}].");
        if (!(LayerScale is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(LayerScale), LayerScale, "LayerScale must begin in [0, 1].");
        if (!(StochasticDepth is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(StochasticDepth), StochasticDepth, "The stochastic depth must lie in [0, 1).");
        if (!Enum.IsDefined(Positions)) throw new ArgumentOutOfRangeException(nameof(Positions), Positions, "Unknown kind of positions.");
        if (!Enum.IsDefined(Resampling))
            throw new ArgumentOutOfRangeException(nameof(Resampling), Resampling, "Unknown rule of resampling.");
    }
}
