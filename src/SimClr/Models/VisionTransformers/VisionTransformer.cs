using SimClr.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// A vision transformer (Dosovitskiy et al. 2021) up to h. x (N, C, S, S) float32 → h (N, D) float32. An image becomes (S/p)² patches of
/// p × p pixels, each a token of D numbers; h is the class token after the last layer norm, or the mean of the patches' tokens
/// (<see cref="TokenPooling"/>).
/// </summary>
/// <remarks>
/// State-dict names are timm's: <c>cls_token</c>, <c>reg_token</c>, <c>pos_embed</c>, <c>patch_embed.proj</c>, <c>blocks.N.…</c> and
/// <c>norm</c>, or <c>fc_norm</c> with mean pooling. The order of the tokens is class, registers, patches; registers have no position
/// (DINOv2's order). Weights are initialised as in MoCo v3 (Chen et al. 2021, its code): Xavier's uniform distribution, biases 0, the class
/// token from N(0, 10⁻¹²). Learned positions and registers are drawn from N(0, 0.02²), which is timm's choice. In eval mode and without
/// gradients, several threads may compute at once. Training, and changes of weights, mode or device, are for one thread alone.
/// </remarks>
public sealed class VisionTransformer : Module<Tensor, Tensor>, IEncoder, IStagedEncoder, IOnnxExportable
{
    internal const double Epsilon = 1e-6; // of every layer norm: torchvision, timm, DINOv2

    // Field names are state-dict names.
    private readonly Parameter? cls_token, reg_token;
    private readonly Tensor pos_embed; // a Parameter if it is learned, else a buffer
    private readonly PatchEmbedding patch_embed;
    private readonly Sequential blocks;
    private readonly LayerNorm? norm, fc_norm;

    /// <summary>Makes the network in training mode, with new random weights.</summary>
    /// <param name="options">The options.</param>
    /// <param name="imageSize">S. It decides an automatic patch and the number of positions.</param>
    /// <param name="generator">The source of the weights; borrowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ConfigurationException">The patch does not divide S.</exception>
    public VisionTransformer(VisionTransformerOptions options, int imageSize, Generator generator) : base(nameof(VisionTransformer))
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options.For(imageSize);
        GridSide = imageSize / Options.Patch!.Value;
        bool hasClass = Options.Pooling == TokenPooling.Class;
        long d = FeatureDim;
        if (hasClass) cls_token = Parameter(Drawn([1, 1, d], 1e-6, generator));
        if (Options.Registers > 0) reg_token = Parameter(Drawn([1, Options.Registers, d], 0.02, generator));
        pos_embed = NewPositions(hasClass, generator);
        patch_embed = new PatchEmbedding(Options.Channels, Options.Patch.Value, FeatureDim, generator);
        blocks = Sequential([.. Enumerable.Range(0, Options.Blocks)
            .Select(i => ($"{i}", (Module<Tensor, Tensor>)new TransformerBlock(Options, i, generator)))]);
        if (hasClass) norm = LayerNorm(d, Epsilon);
        else fc_norm = LayerNorm(d, Epsilon);

        RegisterComponents();
        foreach (var kept in (Tensor?[])[cls_token, reg_token, pos_embed]) kept?.DetachFromDisposeScope();
        Stages = [new("patch_embed", ["patch_embed"]),
            .. Enumerable.Range(0, Options.Blocks).Select(i => new EncoderStage($"blocks.{i}", [$"blocks.{i}"])),
            new("norm", [hasClass ? "norm" : "fc_norm"])];
    }

    /// <summary>The options, with the patch resolved.</summary>
    public VisionTransformerOptions Options { get; }

    EncoderOptions IEncoder.Options => Options;

    /// <summary>D, the length of h.</summary>
    public int FeatureDim => Options.FeatureDim;

    /// <summary>The patches per row and per column: S / p.</summary>
    public int GridSide { get; }

    /// <summary>
    /// <c>patch_embed</c>, <c>blocks.0</c>, <c>blocks.1</c> … and <c>norm</c>. The tokens and positions belong to none: they have the
    /// learning rate of the first, and no stage's name freezes them.
    /// </summary>
    public IReadOnlyList<EncoderStage> Stages { get; }

    /// <summary>Computes the representation.</summary>
    /// <param name="input">
    /// x (N, C, S, S) float32, S a multiple of p; borrowed. For another S than the network was made for, learned positions are resampled
    /// (<see cref="VisionTransformerOptions.Resampling"/>), and fixed ones computed anew.
    /// </param>
    /// <returns>h (N, D) float32; owned by the caller.</returns>
    /// <exception cref="ArgumentException">The views are not square, or the patch does not divide S.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        int patch = Options.Patch!.Value;
        if (input.shape is not [_, _, var height, var width] || height != width || height % patch != 0)
            throw new ArgumentException($"A {Options.Describe()} takes square views with a multiple of {patch} pixels a side, " +
                $"not ({string.Join(", ", input.shape)}).", nameof(input));
        using var scope = NewDisposeScope();
        var x = blocks.call(Tokens(patch_embed.call(input), (int)height / patch));                         // (N, T, D)
        var h = norm is not null ? norm.call(x.select(1, 0))
            : fc_norm!.call(x.narrow(1, Options.Registers, x.shape[1] - Options.Registers).mean([1]));
        return h.MoveToOuterDisposeScope();
    }

    /// <summary>The positions for a grid of patches.</summary>
    /// <param name="side">The patches per row and per column.</param>
    /// <returns>(1, side², D), with the class token's before them if there is one; in the caller's dispose scope.</returns>
    internal Tensor PositionsFor(int side)
    {
        if (side == GridSide || Options.Positions == PositionEmbedding.Learned)
            return PositionEmbeddings.Resample(pos_embed, GridSide, side, Options.Resampling);
        using var positions = Options.FixedPositions(side);
        return positions.to(pos_embed.dtype, pos_embed.device, copy: true);
    }

    string IOnnxExportable.Title => $"{Options.Describe()}";

    string IOnnxExportable.AddTo(OnnxGraph graph, string x, int imageSize) => new OnnxVisionTransformer(graph, this).Add(x, imageSize);

    // Patches (N, P, D) → class token, registers, patches: (N, T, D), with positions.
    private Tensor Tokens(Tensor patches, int side)
    {
        var x = patches;
        if (cls_token is not null) x = cat([cls_token.expand(x.shape[0], -1, -1), x], 1);
        x = x + PositionsFor(side);
        if (reg_token is null) return x;
        int first = cls_token is null ? 0 : 1;
        return cat([x.narrow(1, 0, first), reg_token.expand(x.shape[0], -1, -1), x.narrow(1, first, x.shape[1] - first)], 1);
    }

    private Tensor NewPositions(bool hasClass, Generator generator)
    {
        if (Options.Positions == PositionEmbedding.Learned)
            return Parameter(Drawn([1, GridSide * GridSide + (hasClass ? 1 : 0), FeatureDim], 0.02, generator));
        return Options.FixedPositions(GridSide).DetachFromDisposeScope();
    }

    private static Tensor Drawn(long[] shape, double deviation, Generator generator) => empty(shape).normal_(0, deviation, generator);
}
