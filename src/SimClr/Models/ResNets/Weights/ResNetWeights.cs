using System.Globalization;
using SimClr.IO;
using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>Finds the weights of a ResNet in a checkpoint, under torchvision's names or other known ones.</summary>
internal static class ResNetWeights
{
    /// <summary>Finds the ResNet; see <see cref="EncoderWeights.Find"/>.</summary>
    public static EncoderWeights Find(IReadOnlyDictionary<string, Tensor> state, string source, IReadOnlyDictionary<string, string> unread)
    {
        ArgumentNullException.ThrowIfNull(state);
        var names = ResNetNames.Find(new HashSet<string>([.. state.Keys, .. unread.Keys]), source);
        foreach (var (name, what) in unread)
        {
            if (names.Below(name) is { } own && ResNetNames.IsOfEncoder(own))
                throw new InvalidDataException($"{source}: {Excerpt.Of(name)} is {what}, which is not read here.");
        }

        var (encoder, given, other) = (new Dictionary<string, Tensor>(), new Dictionary<string, string>(), new List<string>());
        foreach (var (name, tensor) in state)
        {
            string? own = names.Below(name);
            if (own is null || !ResNetNames.IsKnown(own)) other.Add(name);
            else if (!encoder.TryAdd(own, tensor))
                throw new InvalidDataException($"{source}: {Excerpt.Of(given[own])} and {Excerpt.Of(name)} are one layer by their names.");
            else given[own] = name;
        }
        var options = OptionsOf(encoder, source);
        AddBatchCounts(encoder);
        Check(options, encoder, given, source);
        var classifier = ClassifierOf(state, names.Prefix, options.FeatureDim);
        if (classifier is not null) other.RemoveAll(n => n == $"{names.Prefix}fc.weight" || n == $"{names.Prefix}fc.bias");
        // In a sequence the head begins with the first fully connected layer.
        int head = other.Where(n => state[n].dim() == 2).Min(names.Behind) ?? int.MaxValue;
        if (other.FirstOrDefault(
            n => names.Below(n) is { } own && ResNetNames.IsOfEncoder(own) && !(names.Behind(n) >= head)) is { } unused)
            throw new InvalidDataException($"{source}: {Excerpt.Of(unused)} belongs to no layer of a {options.Arch} here: the network " +
                $"is another one, and without it would compute something else.");
        ModelState.RequireFinite(encoder.Select(t => KeyValuePair.Create(given.GetValueOrDefault(t.Key, t.Key), t.Value)), source);
        if (classifier is { } layer) ModelState.RequireFinite([KeyValuePair.Create($"{names.Prefix}fc.weight", layer.Weight),
            KeyValuePair.Create($"{names.Prefix}fc.bias", layer.Bias)], source);
        return new EncoderWeights(options, encoder)
        {
            Prefix = names.Prefix,
            Classifier = classifier,
            Ignored = other,
            Guesses = [.. GuessesOf(options)],
            ImageSize = options.Stem == Stem.Imagenet ? 224 : 32
        };
    }

    // A 3×3 stem has these weights with stride 2 too, and any stem has them with or without pooling.
    private static IEnumerable<string> GuessesOf(ResNetOptions options)
    {
        yield return options.Stem == Stem.Imagenet ? "a first convolution of stride 2 with max pooling behind it"
            : "a first convolution of stride 1 without max pooling";
        if (!ResNetTopology.BlocksOf(options.Arch).Basic) yield return "strides in the blocks' second convolution (v1.5)";
        yield return "ReLU";
        if (options.Layout == ResNetLayout.Google) yield return "TensorFlow's borders as its first block has a projection";
    }

    private static ResNetOptions OptionsOf(Dictionary<string, Tensor> encoder, string source)
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
        var options = new ResNetOptions
        {
            Channels = (int)Math.Min(inputs, int.MaxValue),
            Arch = arch[0],
            Width = channels / 64.0,
            Stem = deep || kernel == 7 ? Stem.Imagenet : Stem.Small,
            SelectiveKernels = selective,
            Layout = basic && encoder.ContainsKey("layer1.0.downsample.0.weight") ? ResNetLayout.Google : ResNetLayout.Torchvision,
        };
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidDataException($"{source}: {last} is ({string.Join(", ", encoder[last].shape)}), and no ResNet here: " +
                $"{e.Message.Split('\n', '(')[0].Trim()}", e);
        }
    }

    // Files from before PyTorch 0.4.1 lack these counters. Nothing here depends on them.
    private static void AddBatchCounts(Dictionary<string, Tensor> encoder)
    {
        foreach (string norm in encoder.Keys.Where(k => k.EndsWith(".running_mean", StringComparison.Ordinal)).ToList())
            encoder.TryAdd(norm.Replace("running_mean", "num_batches_tracked", StringComparison.Ordinal), zeros([], ScalarType.Int64));
    }

    // Called before a network of that size is built.
    private static void Check(ResNetOptions options, Dictionary<string, Tensor> encoder, Dictionary<string, string> given, string source)
    {
        var expected = new ResNetTopology(options).Tensors.ToDictionary(t => t.Name, t => t.Shape);
        string network = string.Create(CultureInfo.InvariantCulture, $"{options.Arch} × {options.Width}");
        foreach (var (name, shape) in expected)
        {
            if (!encoder.TryGetValue(name, out var tensor))
                throw new InvalidDataException($"{source} lacks {name}: it is no whole {network}.");
            if (!tensor.shape.AsSpan().SequenceEqual(shape))
                throw new InvalidDataException($"{source}: {Excerpt.Of(given[name])} is ({string.Join(", ", tensor.shape)}), and " +
                    $"in a {network} here ({string.Join(", ", shape)}).");
        }
        if (encoder.Keys.FirstOrDefault(name => !expected.ContainsKey(name)) is { } unknown)
            throw new InvalidDataException(
                $"{source}: {Excerpt.Of(given.GetValueOrDefault(unknown, unknown))} belongs to no layer of a {network} here.");
    }

    private static (Tensor Weight, Tensor Bias)? ClassifierOf(IReadOnlyDictionary<string, Tensor> state, string prefix, long features) =>
        state.TryGetValue($"{prefix}fc.weight", out var weight) && state.TryGetValue($"{prefix}fc.bias", out var bias)
        && bias.shape is [var classes] && weight.shape is [var outputs, var inputs] && outputs == classes && inputs == features
            ? (weight, bias)
            : null;
}
