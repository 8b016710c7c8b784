using static TorchSharp.torch;

namespace SimClr.Models;

public sealed partial record VisionTransformerOptions
{
    private const string PositionsName = "pos_embed";

    internal override IReadOnlyDictionary<string, Tensor> WeightsFor(int imageSize, IReadOnlyDictionary<string, Tensor> weights)
    {
        if (Patch is { } patch && imageSize % patch != 0)
            throw new ConfigurationException($"Weights with a patch of {patch} pixels are for images with a multiple of {patch} " +
                $"pixels a side, not {imageSize}: take {Math.Max(1, imageSize / patch) * patch} or {(imageSize / patch + 1) * patch} " +
                $"(--image-size).");
        int from = GridOf(weights), to = imageSize / For(imageSize).Patch!.Value;
        if (from == 0 || from == to) return weights;
        var positions = Positions == PositionEmbedding.Learned ? PositionEmbeddings.Resample(weights[PositionsName], from, to, Resampling)
            : FixedPositions(to);
        return new Dictionary<string, Tensor>(weights) { [PositionsName] = positions };
    }

    /// <summary>The patches per row and per column of weights, by their positions; 0 if these fit no square.</summary>
    internal int GridOf(IReadOnlyDictionary<string, Tensor> weights)
    {
        if (!weights.TryGetValue(PositionsName, out var positions) || positions.shape is not [1, var tokens, _]) return 0;
        long patches = tokens - (Pooling == TokenPooling.Class ? 1 : 0);
        int side = (int)Math.Sqrt(patches);
        return (long)side * side == patches ? side : 0;
    }

    /// <summary>Whether the positions of weights are those of <see cref="PositionEmbedding.SineCosine"/>.</summary>
    internal bool HasFixedPositions(IReadOnlyDictionary<string, Tensor> weights) => HasPositions(weights, turned: false);

    /// <summary>
    /// Whether the positions of weights are MoCo v3's: those of <see cref="PositionEmbedding.SineCosine"/> with x and y exchanged.
    /// </summary>
    internal bool HasPositionsOfMoCo(IReadOnlyDictionary<string, Tensor> weights) => HasPositions(weights, turned: true);

    private bool HasPositions(IReadOnlyDictionary<string, Tensor> weights, bool turned)
    {
        if (weights[PositionsName].shape[^1] != FeatureDim) return false; // before that many positions are made
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var difference = weights[PositionsName].to(ScalarType.Float32).cpu() - FixedPositions(GridOf(weights), turned);
        return difference.abs().max().item<float>() < 1e-6;
    }

    /// <summary>The positions of <see cref="PositionEmbedding.SineCosine"/>: (1, T, D) float32 on the CPU; 0 for the class token.</summary>
    /// <param name="side">The patches per row and per column.</param>
    /// <param name="turned">Whether x and y are exchanged.</param>
    /// <returns>Owned by the caller.</returns>
    internal Tensor FixedPositions(int side, bool turned = false)
    {
        using var scope = NewDisposeScope();
        var patches = PositionEmbeddings.SineCosine(side, FeatureDim);
        if (turned) patches = patches.unflatten(0, [side, side]).transpose(0, 1).flatten(0, 1);
        return (Pooling == TokenPooling.Class ? cat([zeros(1, FeatureDim), patches]) : patches).unsqueeze(0).MoveToOuterDisposeScope();
    }
}
