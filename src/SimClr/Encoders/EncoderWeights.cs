using System.Globalization;
using SimClr.IO;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Encoders;

/// <summary>A ResNet's weights found among the tensors of somebody's checkpoint, under torchvision's names.</summary>
/// <remarks>Only read once it is made: safe to share between threads.</remarks>
public sealed record EncoderWeights
{
    private EncoderWeights(EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder) => (Options, Encoder) = (options, encoder);

    /// <summary>What network the names and shapes are of; <see cref="Guessed"/> says what they do not tell.</summary>
    public EncoderOptions Options { get; }

    /// <summary>By torchvision's names, without <c>fc</c>: every tensor of the network and no other; borrowed from the checkpoint.</summary>
    public IReadOnlyDictionary<string, Tensor> Encoder { get; }

    /// <summary>The classification layer <c>fc</c> on top of the encoder, weight (C, D) and bias (C); null where there is none.</summary>
    public (Tensor Weight, Tensor Bias)? Classifier { get; private init; }

    /// <summary>What stood before every name, for example <c>state_dict.module.backbone.</c>; empty for nothing.</summary>
    public string Prefix { get; private init; } = "";

    /// <summary>Names that belong to no encoder (projection heads, optimisers), in order.</summary>
    public IReadOnlyList<string> Ignored { get; private init; } = [];

    /// <summary>In words what names and shapes do not tell of the network, and is taken as torchvision or Google has it.</summary>
    public string Guessed
    {
        get
        {
            string stem = Options.Stem == Stem.Imagenet ? "a first convolution of stride 2 with max pooling behind it" : "a first convolution of stride 1 without max pooling";
            string strides = ResNet.BlocksOf(Options.Arch).Basic ? "" : ", strides in the blocks' second convolution (v1.5)";
            return $"{stem}{strides}, ReLU{(Options.Layout == ResNetLayout.Google ? ", TensorFlow's borders as its first block has a projection" : "")}";
        }
    }

    /// <summary>Finds the one encoder in a state.</summary>
    /// <param name="state">Tensors by name, as <see cref="WeightsFile.Read"/> gives them; borrowed.</param>
    /// <param name="source">What errors call it.</param>
    /// <param name="unread">What else the file has and is not read here, as <see cref="WeightsFile.Read"/> gives it; by default nothing.</param>
    /// <exception cref="InvalidDataException">
    /// There is no ResNet, there are several, or it is none that is here: a tensor is missing, of another shape or type, or belongs to the encoder and
    /// to no layer here, or a value is not finite. The message names it.
    /// </exception>
    public static EncoderWeights Find(IReadOnlyDictionary<string, Tensor> state, string source, IReadOnlyDictionary<string, string>? unread = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        unread ??= new Dictionary<string, string>();
        var names = EncoderNames.Find(new HashSet<string>([.. state.Keys, .. unread.Keys]), source);
        foreach (var (name, what) in unread)
        {
            if (names.Below(name) is { } own && EncoderNames.IsOfEncoder(own)) throw new InvalidDataException($"{source}: {Excerpt.Of(name)} is {what}, which is not read here.");
        }

        var (encoder, given, other) = (new Dictionary<string, Tensor>(), new Dictionary<string, string>(), new List<string>());
        foreach (var (name, tensor) in state)
        {
            string? own = names.Below(name);
            if (own is null || !EncoderNames.IsKnown(own)) other.Add(name);
            else if (!encoder.TryAdd(own, tensor)) throw new InvalidDataException($"{source}: {Excerpt.Of(given[own])} and {Excerpt.Of(name)} are one layer by their names.");
            else given[own] = name;
        }
        var options = OptionsOf(encoder, source);
        AddBatchCounts(encoder);
        Check(options, encoder, given, source);
        var classifier = ClassifierOf(state, names.Prefix, encoder["layer4.0.conv1.weight"].shape[0] * (ResNet.BlocksOf(options.Arch).Basic ? 1 : BottleneckBlock.Expansion));
        if (classifier is not null) other.RemoveAll(n => n == $"{names.Prefix}fc.weight" || n == $"{names.Prefix}fc.bias");
        // In a sequence a head is one more child, from the first fully connected layer on.
        int head = other.Where(n => state[n].dim() == 2).Min(names.Behind) ?? int.MaxValue;
        if (other.FirstOrDefault(n => names.Below(n) is { } own && EncoderNames.IsOfEncoder(own) && !(names.Behind(n) >= head)) is { } unused)
            throw new InvalidDataException($"{source}: {Excerpt.Of(unused)} belongs to no layer of a {options.Arch} here: the network is another one, and without it would compute something else.");
        ModelState.RequireFinite(encoder.Select(t => KeyValuePair.Create(given.GetValueOrDefault(t.Key, t.Key), t.Value)), source);
        if (classifier is { } layer) ModelState.RequireFinite([KeyValuePair.Create($"{names.Prefix}fc.weight", layer.Weight), KeyValuePair.Create($"{names.Prefix}fc.bias", layer.Bias)], source);
        return new EncoderWeights(options, encoder) { Prefix = names.Prefix, Classifier = classifier, Ignored = other };
    }

    private static EncoderOptions OptionsOf(Dictionary<string, Tensor> encoder, string source)
    {
        bool basic = !encoder.ContainsKey("layer1.0.conv3.weight");
        int[] blocks = [.. Enumerable.Range(1, 4).Select(stage => encoder.Keys.Count(k => k.StartsWith($"layer{stage}.", StringComparison.Ordinal) && k.EndsWith(".conv1.weight", StringComparison.Ordinal)))];
        var arch = Enum.GetValues<ResNetDepth>().Where(d => ResNet.BlocksOf(d) is var (b, counts) && b == basic && counts.SequenceEqual(blocks)).ToList();
        if (arch.Count == 0)
            throw new InvalidDataException($"{source} holds a ResNet of {string.Join('-', blocks)} {(basic ? "basic" : "bottleneck")} blocks; known are 18, 34, 50, 101 and 152.");
        bool selective = encoder.ContainsKey("layer1.0.select.reduce.weight");
        bool deep = selective && encoder.ContainsKey("conv1.6.weight");
        string first = deep ? "conv1.0.weight" : "conv1.weight", last = deep ? "conv1.6.weight" : "conv1.weight";
        if (!encoder.TryGetValue(first, out var stem) || stem.shape is not [_, var inputs, var kernel, _] || kernel is not (3 or 7) || encoder[last].shape is not [var channels, ..])
            throw new InvalidDataException($"{source}: {first} is {(stem is null ? "missing" : $"({string.Join(", ", stem.shape)})")}; a ResNet here has (64·width, C, 7, 7) or (64·width, C, 3, 3).");
        var options = new EncoderOptions
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
            throw new InvalidDataException($"{source}: {last} is ({string.Join(", ", encoder[last].shape)}), and no ResNet here: {e.Message.Split('\n', '(')[0].Trim()}", e);
        }
    }

    // Files from before PyTorch 0.4.1 have no such counters; nothing here depends on them.
    private static void AddBatchCounts(Dictionary<string, Tensor> encoder)
    {
        foreach (string norm in encoder.Keys.Where(k => k.EndsWith(".running_mean", StringComparison.Ordinal)).ToList())
            encoder.TryAdd(norm.Replace("running_mean", "num_batches_tracked", StringComparison.Ordinal), zeros([], ScalarType.Int64));
    }

    // Before a network of that size is built.
    private static void Check(EncoderOptions options, Dictionary<string, Tensor> encoder, Dictionary<string, string> given, string source)
    {
        var expected = EncoderLayers.Tensors(options).ToDictionary(t => t.Name, t => t.Shape);
        string network = string.Create(CultureInfo.InvariantCulture, $"{options.Arch} × {options.Width}");
        foreach (var (name, shape) in expected)
        {
            if (!encoder.TryGetValue(name, out var tensor)) throw new InvalidDataException($"{source} lacks {name}: it is no whole {network}.");
            if (!tensor.shape.AsSpan().SequenceEqual(shape))
                throw new InvalidDataException($"{source}: {Excerpt.Of(given[name])} is ({string.Join(", ", tensor.shape)}), and in a {network} here ({string.Join(", ", shape)}).");
        }
        if (encoder.Keys.FirstOrDefault(name => !expected.ContainsKey(name)) is { } unknown)
            throw new InvalidDataException($"{source}: {Excerpt.Of(given.GetValueOrDefault(unknown, unknown))} belongs to no layer of a {network} here.");
    }

    private static (Tensor Weight, Tensor Bias)? ClassifierOf(IReadOnlyDictionary<string, Tensor> state, string prefix, long features) =>
        state.TryGetValue($"{prefix}fc.weight", out var weight) && state.TryGetValue($"{prefix}fc.bias", out var bias)
        && bias.shape is [var classes] && weight.shape is [var outputs, var inputs] && outputs == classes && inputs == features ? (weight, bias) : null;
}
