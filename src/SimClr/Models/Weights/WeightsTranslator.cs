using SimClr.IO;
using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>Translates the weights of one kind of encoder between other programs' names and ours.</summary>
/// <remarks>Immutable: safe to share between threads.</remarks>
internal abstract partial class WeightsTranslator
{
    /// <summary>The kind in messages: <c>ResNet</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The type of its options.</summary>
    public abstract Type OptionsType { get; }

    /// <summary>The networks of this kind.</summary>
    /// <param name="names">All names of a file.</param>
    public abstract IEnumerable<NamedNetwork> In(IReadOnlySet<string> names);

    /// <summary>Reads one of the networks; see <see cref="EncoderWeights.Find"/>.</summary>
    public EncoderWeights Read(
        NamedNetwork network, IReadOnlyDictionary<string, Tensor> state, string source, IReadOnlyDictionary<string, string> unread)
    {
        foreach (var (name, what) in unread)
        {
            if (network.Ours(name) is not null || network.Holds(name))
                throw new InvalidDataException($"{source}: {Excerpt.Of(name)} is {what}, which is not read here.");
        }

        var (encoder, given, other) = (new Dictionary<string, Tensor>(), new Dictionary<string, string>(), new List<string>());
        foreach (var (name, tensor) in state)
        {
            string? own = network.Ours(name);
            if (own is null) other.Add(name);
            else if (!encoder.TryAdd(own, tensor))
                throw new InvalidDataException($"{source}: {Excerpt.Of(given[own])} and {Excerpt.Of(name)} are one layer by their names.");
            else given[own] = name;
        }
        Complete(encoder);
        var options = OptionsOf(network, encoder, source);
        string described = options.DescribeFully();
        Check(Tensors(options, encoder), encoder, given, described, source);
        var (classifier, layer) = ClassifierOf(network, state, FeaturesOf(options));
        if (layer is not null) other.RemoveAll(n => n == $"{layer}.weight" || n == $"{layer}.bias");
        // In a sequence the head begins with the first fully connected layer.
        int head = other.Where(n => state[n].dim() == 2).Min(network.ChildBehind) ?? int.MaxValue;
        if (other.FirstOrDefault(n => network.Holds(n) && !(network.ChildBehind(n) >= head)) is { } unused)
            throw new InvalidDataException($"{source}: {Excerpt.Of(unused)} belongs to no layer of a {described} here: the network " +
                $"is another one, and without it would compute something else.");
        ModelState.RequireFinite(encoder.Select(t => KeyValuePair.Create(given.GetValueOrDefault(t.Key, t.Key), t.Value)), source);
        if (classifier is { } fc) ModelState.RequireFinite(
            [KeyValuePair.Create($"{layer}.weight", fc.Weight), KeyValuePair.Create($"{layer}.bias", fc.Bias)], source);
        return new EncoderWeights(options, encoder)
        {
            Prefix = network.Prefix,
            Classifier = classifier,
            Ignored = other,
            Guesses = [.. GuessesOf(options)],
            Preprocessing = network.Dialect.Preprocessing with { ImageSize = ImageSizeOf(options, encoder) },
            OtherPreprocessing = network.Dialect.OtherPreprocessing,
        };
    }

    /// <summary>Makes our tensors of others (three matrices of one), and adds those that old files lack.</summary>
    /// <param name="encoder">By our names.</param>
    protected virtual void Complete(Dictionary<string, Tensor> encoder)
    {
    }

    /// <summary>The network that names and shapes describe.</summary>
    /// <exception cref="InvalidDataException">It is no such network.</exception>
    protected abstract EncoderOptions OptionsOf(
        NamedNetwork network, IReadOnlyDictionary<string, Tensor> encoder, string source);

    /// <summary>Every tensor of the network with its shape.</summary>
    protected abstract IEnumerable<(string Name, long[] Shape)> Tensors(
        EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder);

    /// <summary>What names and shapes do not determine, as texts.</summary>
    protected abstract IEnumerable<string> GuessesOf(EncoderOptions options);

    /// <summary>The usual S for such weights, in pixels.</summary>
    protected abstract int ImageSizeOf(EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder);

    /// <summary>D, the length of h.</summary>
    protected abstract long FeaturesOf(EncoderOptions options);

    /// <summary>Whether weights are those of a network: the same tensors. One network may have two descriptions.</summary>
    /// <param name="options">The network.</param>
    /// <param name="encoder">By our names.</param>
    public bool Fits(EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder) => options.GetType() == OptionsType
        && Tensors(options, encoder).ToDictionary(t => t.Name, t => t.Shape) is var expected && expected.Count == encoder.Count
        && encoder.All(t => expected.TryGetValue(t.Key, out var shape) && t.Value.shape.AsSpan().SequenceEqual(shape));

    /// <summary>Turns a value that an options record refuses into a sentence about the tensor that it was read from.</summary>
    protected static T Valid<T>(T options, string tensor, IReadOnlyDictionary<string, Tensor> encoder, string kind, string source)
        where T : EncoderOptions
    {
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidDataException($"{source}: {tensor} is ({string.Join(", ", encoder[tensor].shape)}), and no {kind} here: " +
                Refusal.Sentence(e), e);
        }
    }

    // Called before a network of that size is built.
    private static void Check(IEnumerable<(string Name, long[] Shape)> tensors, Dictionary<string, Tensor> encoder,
        Dictionary<string, string> given, string network, string source)
    {
        var expected = tensors.ToDictionary(t => t.Name, t => t.Shape);
        foreach (var (name, shape) in expected)
        {
            if (!encoder.TryGetValue(name, out var tensor))
                throw new InvalidDataException($"{source} lacks {name}: it is no whole {network}.");
            if (!tensor.shape.AsSpan().SequenceEqual(shape))
                throw new InvalidDataException($"{source}: {Excerpt.Of(given.GetValueOrDefault(name, name))} is " +
                    $"({string.Join(", ", tensor.shape)}), and in a {network} here ({string.Join(", ", shape)}).");
        }
        if (encoder.Keys.FirstOrDefault(name => !expected.ContainsKey(name)) is { } unknown)
            throw new InvalidDataException(
                $"{source}: {Excerpt.Of(given.GetValueOrDefault(unknown, unknown))} belongs to no layer of a {network} here.");
    }

    private static ((Tensor Weight, Tensor Bias)?, string? Name) ClassifierOf(
        NamedNetwork network, IReadOnlyDictionary<string, Tensor> state, long features)
    {
        foreach (string name in network.Classifiers)
        {
            if (state.TryGetValue($"{name}.weight", out var weight) && state.TryGetValue($"{name}.bias", out var bias)
                && bias.shape is [var classes] && weight.shape is [var outputs, var inputs] && outputs == classes && inputs == features)
                return ((weight, bias), name);
        }
        return (null, null);
    }
}
