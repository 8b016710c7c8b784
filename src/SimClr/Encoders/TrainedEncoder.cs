using SimClr.Evaluation;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Encoders;

/// <summary>
/// A trained encoder and all that is needed to use it: its options and how its images are prepared. It comes out of a training (<see cref="From"/>) or out of
/// a run or a file of ours or of somebody else's (<see cref="Load(string, Device?, IMessages?)"/>), and goes into a file (<see cref="Save"/>).
/// </summary>
/// <remarks><see cref="Embed(string)"/> and its siblings of one image are for any number of threads at once; so are its networks, in eval mode and without gradients.</remarks>
public sealed partial class TrainedEncoder : IDisposable
{
    private TrainedEncoder(
        string source, PretrainOptions options, IReadOnlyDictionary<string, Tensor> encoder, IReadOnlyDictionary<string, Tensor>? head, (Tensor Weight, Tensor Bias)? classifier, Device device)
    {
        (Source, HasHead) = (source, head is { Count: > 0 });
        folded = new(Folded);
        Options = HasHead ? options : options with { Head = options.Head with { Layers = 0 } };
        Model = Build(Options);
        ModelState.Load(Model.Encoder, encoder);
        if (HasHead) ModelState.Load(Model.Head, head!);
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

    /// <summary>The run and step, or the file, that the weights came from.</summary>
    public string Source { get; }

    /// <summary>The run's, or for weights that do not say how they were trained what is usual for such.</summary>
    public PretrainOptions Options { get; private init; }

    /// <summary>In eval mode. Without a head (<see cref="HasHead"/>) its z is h.</summary>
    public SimClrModel Model { get; }

    /// <summary>Whether the weights have a projection head.</summary>
    public bool HasHead { get; }

    /// <summary>Whether the weights said nothing of how they were trained.</summary>
    public bool IsForeign { get; private init; }

    /// <summary>In words what the weights do not say and is taken as it usually is: of a foreign ResNet the stride of its first convolution, the size of its images, their normalisation. Empty for weights of ours.</summary>
    public IReadOnlyList<string> Guesses { get; private init; } = [];

    /// <summary>A classification layer h (N, D) → logits (N, C), where the weights have one.</summary>
    public TorchSharp.Modules.Linear? Classifier { get; }

    /// <summary>The names of its classes; empty where they are not known.</summary>
    public IReadOnlyList<string> Classes { get; private init; } = [];

    /// <summary>The encoder as it was before its first step, in eval mode.</summary>
    public nn.Module<Tensor, Tensor> Untrained { get; }

    /// <summary>What of these weights another run must have too to start from them: the network, and how images are prepared for it.</summary>
    public IReadOnlyList<Setting> ToSettings() =>
        [.. Recipe.Parse(OptionsText.ToYaml(Options), Source).Where(s => s.Key.StartsWith("encoder.", StringComparison.Ordinal)
            || (s.Key.StartsWith("preprocessing.", StringComparison.Ordinal) && !(IsForeign && s.Key == "preprocessing.image-size")))];

    /// <summary>z = g(h) of some features, on the CPU; owned by the caller.</summary>
    public Features Project(Features h)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var z = Model.Head.call(h.Values.to(Model.parameters().First().device)).cpu();
        return new Features(z.MoveToOuterDisposeScope(), h.Labels.clone().MoveToOuterDisposeScope());
    }

    private static SimClrModel Build(PretrainOptions options) => new(options.Encoder, options.Head, options.ImageSize, options.Seed);

    /// <summary>Frees the networks.</summary>
    public void Dispose()
    {
        Model.Dispose();
        Untrained.Dispose();
        Classifier?.Dispose();
        if (folded.IsValueCreated) folded.Value?.Dispose();
    }
}
