using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

/// <summary>The weights and images of Goldens/encoders.py, by its formula.</summary>
internal static class FormulaWeights
{
    public static readonly VisionTransformerOptions Vit = new() { Arch = VisionTransformerSize.VitTiny, Patch = 8, Depth = 2 };

    public static readonly VisionTransformerOptions VitWithRegisters = Vit with { Registers = 2, LayerScale = 0.1, Pooling = TokenPooling.Mean };

    public static readonly ConvNeXtOptions ConvNeXt = new() { Width = 0.125, Patch = 4, Depths = [1, 1, 2, 1] };

    public static IReadOnlyList<(string Golden, EncoderOptions Options, int ImageSize)> Encoders { get; } =
        [("vit", Vit, 32), ("vit-registers", VitWithRegisters, 32), ("convnext", ConvNeXt, 64), ("", Vit with { Heads = 12 }, 32)];

    /// <summary>The network in eval mode with the formula's weights; the caller's.</summary>
    public static nn.Module<Tensor, Tensor> Create(EncoderOptions options, int imageSize)
    {
        using var generator = new Generator(0, CPU);
        var encoder = options.Create(imageSize, generator);
        var state = encoder.state_dict();
        using var scope = NewDisposeScope();
        ModelState.Load(encoder, state.Keys.Order(StringComparer.Ordinal).Select((name, k) => (name, values: Values(name, k, state[name].shape)))
            .ToDictionary(t => t.name, t => t.values));
        encoder.eval();
        return encoder;
    }

    /// <summary>(n, 3, s, s) float32.</summary>
    public static Tensor Images(int n, int s) => tensor(Enumerable.Range(0, n * 3 * s * s).Select(i => (float)(0.5 + 0.5 * Math.Sin(0.11 * i))).ToArray(), [n, 3, s, s]);

    private static Tensor Values(string name, int k, long[] shape)
    {
        bool scale = name.EndsWith("gamma", StringComparison.Ordinal) || name.EndsWith("layer_scale", StringComparison.Ordinal)
            || (name.EndsWith("weight", StringComparison.Ordinal) && shape.Length == 1);
        float[] values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++) values[i] = (float)(scale ? 1 + 0.2 * Math.Sin(0.37 * i + k) : 0.05 * Math.Sin(0.37 * i + k));
        return tensor(values, shape);
    }
}
