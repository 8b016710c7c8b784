using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// Weights that Google published for SimCLR v1 and v2 (checkpoints of github.com/google-research/simclr from its TensorFlow 1 or 2 code,
/// and hub modules), with our names and order of axes. Frees its tensors when disposed.
/// </summary>
/// <remarks>
/// These networks expect images as Google's evaluation makes them (<c>data_util.py</c>): values in [0, 1] without mean and standard
/// deviation; the middle square of 0.875 of the shorter side, resized with the bicubic filter to 224 × 224 pixels. That is
/// <c>Preprocessing</c> with <c>Interpolation.Bicubic</c>, no mean and an image size of 224 (32 and the whole image for the small stem).
/// The moving average of the weights in some v2 checkpoints (<c>ema_model/</c>) is left out. Immutable: safe to share between threads until
/// it is disposed.
/// </remarks>
public sealed partial class GoogleWeights : IDisposable
{
    private readonly Dictionary<string, Tensor> encoder = [];
    private readonly Dictionary<string, Tensor>? head, classifier;

    private GoogleWeights(ResNetOptions encoderOptions, ProjectionHeadOptions? headOptions, bool classified)
    {
        (EncoderOptions, HeadOptions) = (encoderOptions, headOptions);
        head = headOptions is null ? null : [];
        classifier = classified ? [] : null;
    }

    /// <summary>The options for a <see cref="ResNet"/>; the layout is Google's.</summary>
    public ResNetOptions EncoderOptions { get; }

    /// <summary>S of its images, in pixels: 224, or 32 for the small stem.</summary>
    public int ImageSize => EncoderOptions.Stem == Stem.Imagenet ? 224 : 32;

    /// <summary>The options for a <see cref="ProjectionHead"/>; null if the checkpoint has none (the published ones of v1).</summary>
    public ProjectionHeadOptions? HeadOptions { get; }

    /// <summary>
    /// The state dict of the encoder (see <see cref="ModelState.Load"/>): float32, and int64 zeros for the batch counters. Owned by this
    /// object.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Encoder => encoder;

    /// <summary>The state dict of the projection head; null if <see cref="HeadOptions"/> is null. Owned by this object.</summary>
    public IReadOnlyDictionary<string, Tensor>? Head => head;

    /// <summary>
    /// <c>fc.weight</c> (C, D) and <c>fc.bias</c> (C) of the linear classifier; null if there is none. It follows h in models with a linear
    /// evaluation; in v2 models fine-tuned with 1 % or 10 % of the labels it follows the head's first layer. Owned by this object.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor>? Classifier => classifier;

    /// <summary>The names of variables that were left out: optimizer state, step, moving averages.</summary>
    public IReadOnlyList<string> Ignored { get; private init; } = [];

    /// <summary>Reads a checkpoint.</summary>
    /// <param name="path">A prefix, its <c>.index</c> file, or a folder, as in <see cref="TensorFlowCheckpoint.Open"/>.</param>
    /// <exception cref="InvalidDataException">
    /// The checkpoint violates the format, or its network is unknown. The message names a variable that is missing, unknown or of another
    /// shape.
    /// </exception>
    /// <exception cref="IOException">The checkpoint cannot be read, or a file is missing.</exception>
    public static GoogleWeights Read(string path)
    {
        var checkpoint = TensorFlowCheckpoint.Open(path);
        var variables = GoogleVariables.Of(checkpoint);
        string file = checkpoint.Prefix;

        var options = GoogleLayout.Encoder(variables, file);
        var encoderParts = GoogleLayout.Parts(options).ToList();
        long features = encoderParts[^1].Shape[0];
        var (headOptions, headParts) = HeadOf(variables, features, file);
        var classifierParts = ClassifierOf(variables, file);
        var parts = encoderParts.Concat(headParts).Concat(classifierParts).ToList();
        foreach (var part in parts) Check(part, variables, file);
        var taken = parts.Select(p => p.Variable).ToHashSet(StringComparer.Ordinal);
        if (variables.Keys.FirstOrDefault(n => IsUnknown(n, taken)) is { } unknown)
            throw new InvalidDataException($"{file}: {unknown} belongs to no layer of a {options.Describe()}.");

        var keys = taken.Select(t => variables[t].Name).ToHashSet(StringComparer.Ordinal);
        var weights = new GoogleWeights(options, headOptions, classifierParts.Count > 0)
        {
            Ignored = [.. checkpoint.Variables.Keys.Where(k => !keys.Contains(k)).Order(StringComparer.Ordinal)],
        };
        try
        {
            Fill(weights.encoder, encoderParts, checkpoint, variables);
            if (weights.head is { } head) Fill(head, headParts, checkpoint, variables);
            if (weights.classifier is { } classifier) Fill(classifier, classifierParts, checkpoint, variables);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Frees every tensor.</summary>
    public void Dispose()
    {
        foreach (var state in new[] { encoder, head, classifier })
        {
            foreach (var tensor in state?.Values.ToArray() ?? []) tensor.Dispose();
        }
    }
}
