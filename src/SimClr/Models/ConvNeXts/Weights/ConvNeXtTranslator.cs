using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>Translates the weights of ConvNeXts.</summary>
internal sealed class ConvNeXtTranslator : WeightsTranslator
{
    public override string Kind => "ConvNeXt";

    public override Type OptionsType => typeof(ConvNeXtOptions);

    public override IEnumerable<NamedNetwork> In(IReadOnlySet<string> names) => ConvNeXtNames.In(names);

    protected override NameDialect DialectOf(WeightNames? names) =>
        names == WeightNames.Timm ? ConvNeXtNames.Timm : ConvNeXtNames.Torchvision;

    protected override IReadOnlyDictionary<string, Tensor> Converted(
        EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder, NameDialect dialect) =>
        dialect == ConvNeXtNames.Torchvision ? encoder : encoder.ToDictionary(t => t.Key, t =>
            t.Key.EndsWith(".layer_scale", StringComparison.Ordinal) ? t.Value.flatten() : t.Value);

    protected override long FeaturesOf(EncoderOptions options) => ((ConvNeXtOptions)options).FeatureDim;

    protected override int ImageSizeOf(EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder) =>
        ((ConvNeXtOptions)options).Patch == 4 ? 224 : 32;

    protected override IEnumerable<string> GuessesOf(EncoderOptions options) =>
        [$"a first convolution of stride {((ConvNeXtOptions)options).Patch}", "GELU", "layer norms with ε = 1e-6"];

    // Others have LayerScale's factors as (C), and the layers of a block as 1×1 convolutions.
    protected override void Complete(Dictionary<string, Tensor> encoder)
    {
        foreach (var (name, tensor) in encoder.ToList())
        {
            bool Is(string layer) => name.EndsWith(layer, StringComparison.Ordinal);
            if (Is(".layer_scale") && tensor.dim() == 1) encoder[name] = tensor.reshape(-1, 1, 1);
            else if ((Is(".block.3.weight") || Is(".block.5.weight")) && tensor.shape is [_, _, 1, 1]) encoder[name] = tensor.flatten(1);
        }
    }

    protected override EncoderOptions OptionsOf(NamedNetwork network, IReadOnlyDictionary<string, Tensor> encoder, string source)
    {
        const string First = "features.0.0.weight";
        if (!encoder.TryGetValue(First, out var stem)
            || stem.shape is not [var outputs, var inputs, var patch, var width] || width != patch)
            throw new InvalidDataException($"{source}: {First} is {(stem is null ? "missing" : $"({string.Join(", ", stem.shape)})")}; " +
                $"a ConvNeXt here has (96·width, C, p, p) or, ConvnextBase, (128·width, C, p, p).");
        int[] blocks = [.. Enumerable.Range(0, 4).Select(stage => encoder.Keys.Select(key => key.Split('.'))
            .Where(key => key is ["features", _, _, "block" or "layer_scale", ..] && key[1] == $"{2 * stage + 1}")
            .DistinctBy(key => key[2]).Count())];
        // Width 1 first: several sizes with several widths are the same network.
        var options = Enum.GetValues<ConvNeXtSize>().Select(size => new ConvNeXtOptions { Arch = size })
            .Where(o => o.Blocks.SequenceEqual(blocks)).Select(o => o with { Width = outputs / (double)o.ChannelsOf(0) })
            .OrderBy(o => o.Width == 1 ? 0 : 32 * o.Width % 1 == 0 ? 1 : 2).FirstOrDefault()
            ?? throw new InvalidDataException(
                $"{source} holds a ConvNeXt of {string.Join('-', blocks)} blocks; known are 3-3-9-3 and 3-3-27-3.");
        return Valid(options with { Channels = (int)Math.Min(inputs, int.MaxValue), Patch = (int)Math.Min(patch, int.MaxValue) },
            First, encoder, Kind, source);
    }

    protected override IEnumerable<(string Name, long[] Shape)> Tensors(EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder)
    {
        var net = (ConvNeXtOptions)options;
        long patch = net.Patch ?? 0;
        foreach (var tensor in Layer("features.0.0", net.ChannelsOf(0), net.Channels, patch, patch)) yield return tensor;
        foreach (var tensor in Layer("features.0.1", net.ChannelsOf(0))) yield return tensor;
        for (int stage = 0; stage < 4; stage++)
        {
            long c = net.ChannelsOf(stage);
            if (stage > 0)
            {
                foreach (var tensor in Layer($"features.{2 * stage}.0", c / 2)) yield return tensor;
                foreach (var tensor in Layer($"features.{2 * stage}.1", c, c / 2, 2, 2)) yield return tensor;
            }
            for (int i = 0; i < net.Blocks[stage]; i++)
            {
                string block = $"features.{2 * stage + 1}.{i}";
                yield return ($"{block}.layer_scale", [c, 1, 1]);
                foreach (var tensor in Layer($"{block}.block.0", c, 1, 7, 7)) yield return tensor;
                foreach (var tensor in Layer($"{block}.block.2", c)) yield return tensor;
                foreach (var tensor in Layer($"{block}.block.3", 4 * c, c)) yield return tensor;
                foreach (var tensor in Layer($"{block}.block.5", c, 4 * c)) yield return tensor;
            }
        }
        foreach (var tensor in Layer("classifier.0", net.FeatureDim)) yield return tensor;
    }

    private static IEnumerable<(string Name, long[] Shape)> Layer(string name, params long[] weight) =>
        [($"{name}.weight", weight), ($"{name}.bias", [weight[0]])];
}
