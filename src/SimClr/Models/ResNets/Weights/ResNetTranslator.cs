using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>Translates the weights of ResNets.</summary>
internal sealed class ResNetTranslator : WeightsTranslator
{
    public override string Kind => "ResNet";

    public override Type OptionsType => typeof(ResNetOptions);

    public override IEnumerable<NamedNetwork> In(IReadOnlySet<string> names) =>
        NamedNetwork.In(names, ResNetNames.Torchvision).Concat(NamedNetwork.In(names, ResNetNames.Transformers))
            .Concat(ResNetNames.Sequences(names));

    protected override NameDialect DialectOf(WeightNames? names) => ResNetNames.Torchvision;

    protected override long FeaturesOf(EncoderOptions options) => ((ResNetOptions)options).FeatureDim;

    protected override int ImageSizeOf(EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder) =>
        ((ResNetOptions)options).Stem == Stem.Imagenet ? 224 : 32;

    protected override IEnumerable<(string Name, long[] Shape)> Tensors(
        EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder) => new ResNetTopology((ResNetOptions)options).Tensors;

    // A 3×3 stem has these weights with stride 2 too, and any stem has them with or without pooling.
    protected override IEnumerable<string> GuessesOf(EncoderOptions encoder)
    {
        var options = (ResNetOptions)encoder;
        yield return options.Stem == Stem.Imagenet ? "a first convolution of stride 2 with max pooling behind it"
            : "a first convolution of stride 1 without max pooling";
        if (!ResNetTopology.BlocksOf(options.Arch).Basic) yield return "strides in the blocks' second convolution (v1.5)";
        yield return "no anti-aliasing where it strides";
        yield return "ReLU";
        if (options.Layout == ResNetLayout.Google) yield return "TensorFlow's borders as its first block has a projection";
    }

    // Files from before PyTorch 0.4.1 lack the counters of batches. Nothing here depends on them.
    protected override void Complete(Dictionary<string, Tensor> encoder)
    {
        foreach (string norm in encoder.Keys.Where(k => k.EndsWith(".running_mean", StringComparison.Ordinal)).ToList())
            encoder.TryAdd(norm.Replace("running_mean", "num_batches_tracked", StringComparison.Ordinal), zeros([], ScalarType.Int64));
    }

    protected override EncoderOptions OptionsOf(
        NamedNetwork network, IReadOnlyDictionary<string, Tensor> encoder, string source)
    {
        bool basic = !encoder.ContainsKey("layer1.0.conv3.weight");
        int[] blocks = [.. Enumerable.Range(1, 4).Select(stage => encoder.Keys.Count(
            k => k.StartsWith($"layer{stage}.", StringComparison.Ordinal) && k.EndsWith(".conv1.weight", StringComparison.Ordinal)))];
        var arch = Enum.GetValues<ResNetDepth>()
            .Where(d => ResNetTopology.BlocksOf(d) is var (b, counts) && b == basic && counts.SequenceEqual(blocks)).ToList();
        if (arch.Count == 0)
            throw new InvalidDataException($"{source} holds a ResNet of {string.Join('-', blocks)} {(basic ? "basic" : "bottleneck")} " +
                $"blocks; known are 18, 34, 50, 101 and 152.");
        bool selective = encoder.ContainsKey("layer1.0.select.reduce.weight");
        bool deep = selective && encoder.ContainsKey("conv1.6.weight");
        string first = deep ? "conv1.0.weight" : "conv1.weight", last = deep ? "conv1.6.weight" : "conv1.weight";
        if (!encoder.TryGetValue(first, out var stem)
            || stem.shape is not [_, var inputs, var kernel, _] || kernel is not (3 or 7) || encoder[last].shape is not [var channels, ..])
            throw new InvalidDataException($"{source}: {first} is {(stem is null ? "missing" : $"({string.Join(", ", stem.shape)})")}; " +
                $"a ResNet here has (64·width, C, 7, 7) or (64·width, C, 3, 3).");
        return Valid(new ResNetOptions
        {
            Channels = (int)Math.Min(inputs, int.MaxValue),
            Arch = arch[0],
            Width = channels / 64.0,
            Stem = deep || kernel == 7 ? Stem.Imagenet : Stem.Small,
            SelectiveKernels = selective,
            Layout = basic && encoder.ContainsKey("layer1.0.downsample.0.weight") ? ResNetLayout.Google : ResNetLayout.Torchvision,
        }, last, encoder, Kind, source);
    }
}
