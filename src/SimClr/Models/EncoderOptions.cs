using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>The encoder f(·). Its kind is <c>encoder.kind</c> in a recipe; the first kind in this list is the default.</summary>
/// <remarks>
/// The kinds are fixed. A user's own network is a <see cref="CustomEncoder"/>, or from Python a <see cref="ScriptOptions"/>.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ResNetOptions), "resnet")]
[JsonDerivedType(typeof(VisionTransformerOptions), "vit")]
[JsonDerivedType(typeof(ConvNeXtOptions), "convnext")]
[JsonDerivedType(typeof(CustomEncoder), "custom")]
[JsonDerivedType(typeof(ScriptOptions), "script")]
public abstract record EncoderOptions
{
    private protected EncoderOptions()
    {
    }

    /// <summary>The default: ResNet-18.</summary>
    public static EncoderOptions Default { get; } = new ResNetOptions();

    /// <summary>C, the channels of the images, in [1, 1024]: 3 (the default) for colours, 1 for gray, any other number for bands.</summary>
    [JsonPropertyOrder(-1)]
    public int Channels { get; init; } = 3;

    /// <summary>
    /// Whether a training forward pass may draw from torch's global generator (dropout, stochastic depth). If so, the generator is seeded
    /// before every pass: see <see cref="CustomEncoder"/>. Default false.
    /// </summary>
    [JsonIgnore]
    public virtual bool IsStochastic => false;

    /// <summary>Whether weights have the module's own names in every file, which say nothing about the network. Default false.</summary>
    [JsonIgnore]
    public virtual bool HasOwnNames => false;

    /// <summary>These options with every automatic value (null, 0 or Auto) resolved.</summary>
    /// <param name="imageSize">S, in pixels.</param>
    public virtual EncoderOptions For(int imageSize) => this;

    /// <summary>These options, with automatic values taken from others.</summary>
    /// <param name="others">Borrowed. Options of another kind have no effect.</param>
    public virtual EncoderOptions CompletedBy(EncoderOptions others) => this;

    /// <summary>Makes the network: a module x (N, C, S, S) → h (N, D), in training mode on the CPU.</summary>
    /// <param name="imageSize">S, in pixels. It decides automatic values.</param>
    /// <param name="generator">The source of the initial weights; borrowed.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ConfigurationException">
    /// A custom encoder has no function to make it, or the function makes no encoder; or nobody allowed the program of a script to run.
    /// </exception>
    /// <exception cref="InvalidDataException">The program of a script is no encoder for such images.</exception>
    public abstract Module<Tensor, Tensor> Create(int imageSize, Generator generator);

    /// <summary>Weights of this network for views of a size that it may not have been made for.</summary>
    /// <param name="imageSize">S, in pixels.</param>
    /// <param name="weights">By state-dict name; borrowed.</param>
    /// <returns>The same object if the weights do not depend on S; else new tensors are the caller's.</returns>
    /// <exception cref="ConfigurationException">The network takes no views of this size.</exception>
    internal virtual IReadOnlyDictionary<string, Tensor> WeightsFor(int imageSize, IReadOnlyDictionary<string, Tensor> weights) => weights;

    /// <summary>Writes the files that the network is made from into the folder of its weights; by default there are none.</summary>
    /// <param name="folder">The folder; it exists.</param>
    /// <exception cref="IOException">It is not writable.</exception>
    internal virtual void StoreBeside(string folder)
    {
    }

    /// <summary>The largest size of views that the network takes, up to a given one.</summary>
    /// <param name="imageSize">S, in pixels.</param>
    internal virtual int LargestSize(int imageSize) => imageSize;

    /// <summary>The share of a run's epochs that a chosen warm-up takes.</summary>
    internal virtual double WarmupShare => 1.0 / 30;

    /// <summary>The stage that its recipe leaves at its random weights; null for none.</summary>
    internal virtual string? RandomStage => null;

    /// <summary>
    /// Kind and size in a few words, as options spell them: <c>resnet50 × 2</c>, <c>vit-tiny/4</c>. A name that a user chose stays as it
    /// is.
    /// </summary>
    public abstract string Describe();

    /// <summary>The member of an enum with which <see cref="Describe"/> begins, written as in a recipe; null for none.</summary>
    private protected virtual Enum? Size => null;

    private protected static string AsOption(Enum size) => JsonNamingPolicy.KebabCaseLower.ConvertName(size.ToString());

    // Identities of vectors have contained the C# name of the size, not the recipe's, from the first: stored embeddings depend on it.
    internal string Identity => $"{(Size is { } size ? size + DescribeFully()[AsOption(size).Length..] : DescribeFully())}, " +
        string.Join(", ", Traits());

    /// <summary>An estimate of the bytes that a step in float32 keeps for one view, for its backward pass. 0 if unknown.</summary>
    /// <param name="imageSize">S.</param>
    internal virtual double StoredBytes(int imageSize) => 0;

    /// <summary>The same with what changes every block: <c>resnet50 × 2 with selective kernels</c>.</summary>
    public virtual string DescribeFully() => Describe();

    /// <summary>Further settings for reports, by name: for a ResNet the stem.</summary>
    public virtual IReadOnlyList<(string Name, object Value)> Traits() => [];

    /// <summary>A reason against this network for images of this size, as a sentence; null for none.</summary>
    /// <param name="imageSize">S, in pixels.</param>
    public virtual string? Objection(int imageSize) => null;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message names it.</exception>
    public virtual void Validate()
    {
        if (Channels is < 1 or > 1024)
            throw new ArgumentOutOfRangeException(nameof(Channels), Channels, "The images' channels must lie in [1, 1024].");
    }
}
