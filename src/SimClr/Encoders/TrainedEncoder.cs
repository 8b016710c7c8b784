using SimClr.Evaluation;
using SimClr.Images;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Recipes;
using SimClr.RunFolders;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Encoders;

/// <summary>
/// A trained encoder with everything needed to use it: its options and its preprocessing. It comes from a training (<see cref="From"/>), or
/// from a run or a file (<see cref="Load(string, Device?, IMessages?, bool)"/>). <see cref="Save"/> writes it to a file.
/// </summary>
/// <remarks>
/// <see cref="Embed(string)"/> and the other methods for a single image are thread-safe. So are the networks, in eval mode and without
/// gradients.
/// </remarks>
public sealed partial class TrainedEncoder
{
    private readonly SimClrModel model;
    private readonly Dictionary<string, Tensor> resized; // tensors that were made for images of another size, as they were

    private TrainedEncoder(
        string source, PretrainOptions options, IReadOnlyDictionary<string, Tensor> encoder, IReadOnlyDictionary<string, Tensor>? head,
            (Tensor Weight, Tensor Bias)? classifier, Device device)
    {
        (Source, HasHead) = (source, head is { Count: > 0 });
        (folded, modelId) = (new(Folded), new(Identify));
        Options = HasHead ? options : options with { Head = options.Head with { Layers = 0 } };
        model = Build(Options);
        var weights = Options.Encoder.WeightsFor(Options.ImageSize, encoder);
        resized = encoder.Where(t => !ReferenceEquals(weights[t.Key], t.Value))
            .ToDictionary(t => t.Key, t => t.Value.clone().DetachFromDisposeScope());
        string misfit = $"The weights in {source} do not fit the {options.Encoder.Describe()}";
        ModelState.LoadFrom(misfit, Model.Encoder, weights);
        if (HasHead) ModelState.LoadFrom(misfit, Model.Head, head!);
        Model.to(device);
        Model.eval();
        Untrained = Build(Options).Encoder;
        Untrained.to(device);
        Untrained.eval();
        if (classifier is not { } fc) return;
        Classifier = nn.Linear(fc.Weight.shape[1], fc.Weight.shape[0]);
        ModelState.Load(Classifier, new Dictionary<string, Tensor> { ["weight"] = fc.Weight, ["bias"] = fc.Bias });
        Classifier.to(device);
    }

    /// <summary>The run and step, or the file, of the weights.</summary>
    public string Source { get; }

    /// <summary>The folder of the run that made the weights; null if they are from elsewhere.</summary>
    internal RunFolder? Run { get; private set; }

    /// <summary>The options of the run. For weights without them, the usual options for such weights.</summary>
    public PretrainOptions Options { get; private init; }

    /// <summary>The network in eval mode. Without a head (<see cref="HasHead"/>) its z is h.</summary>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public SimClrModel Model
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return model;
        }
    }

    /// <summary>Whether the weights have a projection head.</summary>
    public bool HasHead { get; }

    /// <summary>Whether the weights say nothing about their training.</summary>
    public bool IsForeign { get; private init; }

    /// <summary>
    /// Properties that the weights do not determine, as text; the usual value is assumed. For a foreign ResNet: the stride of its first
    /// convolution, the size of its images, their normalisation. Empty for our own weights.
    /// </summary>
    public IReadOnlyList<string> Guesses { get; private init; } = [];

    /// <summary>The classification layer h (N, D) → logits (N, C); null if the weights have none.</summary>
    public TorchSharp.Modules.Linear? Classifier { get; }

    /// <summary>The names of its classes; empty if unknown.</summary>
    public IReadOnlyList<string> Classes { get; private init; } = [];

    /// <summary>The encoder before its first step, in eval mode.</summary>
    public nn.Module<Tensor, Tensor> Untrained { get; }

    /// <summary>The settings that another run needs in order to start from these weights: the network and the preprocessing.</summary>
    public IReadOnlyList<Setting> ToSettings() =>
        [.. Recipe.Parse(OptionsText.ToYaml(Options), Source).Where(s => s.Key.StartsWith("encoder.", StringComparison.Ordinal)
            || (s.Key.StartsWith("preprocessing.", StringComparison.Ordinal) && !(IsForeign && s.Key == "preprocessing.image-size")))];

    /// <summary>Makes this encoder a teacher of features, for <c>PretrainRunOptions.Loss</c>.</summary>
    /// <param name="images">S and the normalisation that it takes. Default: those of its training.</param>
    /// <returns>Owned by the caller. It borrows this encoder, which must be on the device of the training.</returns>
    /// <exception cref="InvalidDataException">The encoder fails on images of this size, or its features are not finite.</exception>
    public TeacherLoss ToTeacher(Preprocessing? images = null)
    {
        images = (images ?? Options.Preprocessing).ForChannels(Options.Encoder.Channels);
        var twin = Twin(images.ImageSize);
        try
        {
            return new((twin ?? this).Model.Encoder, images, Options.Encoder.Channels, Source) { Owned = twin };
        }
        catch
        {
            twin?.Dispose();
            throw;
        }
    }

    /// <summary>z = g(h) for some features, on the CPU; owned by the caller.</summary>
    /// <param name="h">Features of this encoder, (N, D).</param>
    public Features Project(Features h)
    {
        ArgumentNullException.ThrowIfNull(h);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var z = Model.Head.call(h.Values.to(Model.parameters().First().device)).cpu();
        return new Features(z.MoveToOuterDisposeScope(), h.Labels.clone().MoveToOuterDisposeScope())
        { Groups = h.Groups, Indices = h.Indices };
    }

    /// <summary>The encoder's weights for images of a size. Resampled once, not twice, if they were resampled for this network.</summary>
    /// <param name="imageSize">S, in pixels.</param>
    /// <returns>By state-dict name. New tensors belong to the caller's dispose scope.</returns>
    /// <exception cref="ConfigurationException">The encoder takes no images of this size.</exception>
    internal IReadOnlyDictionary<string, Tensor> WeightsFor(int imageSize) => Options.Encoder.WeightsFor(imageSize, Originals());

    /// <summary>This encoder for images of a size, on the same device; itself if it takes them as it is.</summary>
    /// <param name="imageSize">S, in pixels.</param>
    /// <returns>Owned by the caller. If it is another object, this one is freed.</returns>
    /// <exception cref="ConfigurationException">The encoder takes no images of this size.</exception>
    internal TrainedEncoder Resized(int imageSize)
    {
        if (Twin(imageSize) is not { } sized) return this;
        Dispose();
        return sized;
    }

    // The encoder for images of another size; null where the weights do not depend on it.
    private TrainedEncoder? Twin(int imageSize)
    {
        if (imageSize == Options.ImageSize) return null;
        using var scope = NewDisposeScope();
        var own = Model.Encoder.state_dict();
        if (ReferenceEquals(Options.Encoder.WeightsFor(imageSize, own), own)) return null;
        return new TrainedEncoder(Source, Options with { Preprocessing = Options.Preprocessing with { ImageSize = imageSize } },
            Originals(), HasHead ? Model.Head.state_dict() : null, Classifier is { } fc ? (fc.weight, fc.bias!) : null,
            Model.parameters().First().device)
        { IsForeign = IsForeign, Guesses = Guesses, Classes = Classes };
    }

    // The weights before they were resampled for this network.
    private Dictionary<string, Tensor> Originals()
    {
        var weights = Model.Encoder.state_dict();
        foreach (var (name, tensor) in resized) weights[name] = tensor;
        return weights;
    }

    private bool disposed;

    private static SimClrModel Build(PretrainOptions options) => new(options.Encoder, options.Head, options.ImageSize, options.Seed);

    /// <summary>Frees the networks.</summary>
    public void Dispose()
    {
        disposed = true;
        model.Dispose();
        Untrained.Dispose();
        Classifier?.Dispose();
        foreach (var tensor in resized.Values) tensor.Dispose();
        if (folded.IsValueCreated) folded.Value?.Dispose();
    }
}
