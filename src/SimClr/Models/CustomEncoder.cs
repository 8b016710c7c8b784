using SimClr.IO;
using SimClr.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// A user's own encoder: the kind <c>custom</c>. A recipe stores its <see cref="Name"/> and channels, but no code. Whoever opens its run or
/// its weights provides the code (<c>PretrainRunOptions.Encoder</c>, <c>TrainedEncoder.Load(path, encoder)</c>). Weights have the module's
/// own names in every file.
/// </summary>
/// <remarks>
/// <para>The module maps x (N, C, S, S), in the dtype of its parameters, to h (N, D); D is read off one forward pass. Dropout and other
/// random layers draw from torch's global generator. In training it is seeded before every forward pass by seed, step, micro-batch and
/// rank, and restored afterwards. So both passes of gradient caching see the same masks, and a resumed run sees the masks of an
/// uninterrupted one. W ranks draw other masks than one rank. (A GPU's generator is seeded too, but not restored: libtorch does not expose
/// its state.) The generator belongs to the whole process: while a module is made or trained, no other thread should draw from it.</para>
/// <para>Parameters without a gradient in a step do not change in it. Buffers may have any dtype; their values must be finite. On several
/// ranks <c>BatchNorm2d</c> is refused; use <see cref="BatchNorm"/>, which has the statistics of all ranks. Two custom encoders are equal
/// if name and channels are.</para>
/// </remarks>
public sealed record CustomEncoder : EncoderOptions
{
    private const int LongestName = 100;

    private CustomEncoder() => Name = ""; // for recipes

    /// <summary>An encoder that a function makes.</summary>
    /// <param name="name">
    /// The name in recipes and messages: 1 to 100 characters on one line. Use another name for another architecture.
    /// </param>
    /// <param name="make">
    /// Makes a new module on the CPU at each call, from a seed. During the call torch's global generator has this seed, so layers that draw
    /// their weights from it are the same for the same seed. The module is owned by the library. It is called by one thread at a time, once
    /// per network: the trained one, an untrained twin, a student.
    /// </param>
    public CustomEncoder(string name, Func<long, Module<Tensor, Tensor>> make)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(make);
        (Name, Make) = (name, make);
    }

    /// <summary>The name in recipes and messages.</summary>
    public string Name { get; init; }

    /// <summary>Makes the module from a seed; null in options that were read from a recipe.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Func<long, Module<Tensor, Tensor>>? Make { get; }

    /// <inheritdoc/>
    public override bool IsStochastic => true;

    /// <inheritdoc/>
    public override bool HasOwnNames => true;

    /// <inheritdoc/>
    public override Module<Tensor, Tensor> Create(int imageSize, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        Validate();
        if (Make is null) throw new ConfigurationException(
            $"The {Describe()} is made by code that is not here: open it from C# (new CustomEncoder(name, make)).");
        long seed = generator.initial_seed();
        using var seeded = new SeededGenerator(seed, CPU);
        var encoder = Made(Make, seed);
        try
        {
            if (EncoderFacts.TryAdd(encoder, new EncoderFacts(this, FeatureDimOf(encoder, imageSize)))) return encoder;
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
        throw new ConfigurationException($"What makes the {Describe()} gave the same module twice: it must make a new one at each call.");
    }

    // The tensors of the module belong to no dispose scope of the caller.
    private Module<Tensor, Tensor> Made(Func<long, Module<Tensor, Tensor>> make, long seed)
    {
        using var scope = NewDisposeScope();
        var encoder = make(seed) ?? throw new ConfigurationException($"What makes the {Describe()} gave null.");
        foreach (var tensor in scope.DisposablesView.ToList()) scope.Detach(tensor);
        return encoder;
    }

    private int FeatureDimOf(Module<Tensor, Tensor> encoder, int imageSize)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (ModelState.FaultOf(encoder.state_dict()) is { } fault)
            throw new ConfigurationException($"The {Describe()} cannot be trained: {fault}.");
        long[] views = [2, Channels, imageSize, imageSize];
        var type = encoder.parameters().FirstOrDefault()?.dtype ?? ScalarType.Float32;
        Tensor? h;
        encoder.eval();
        try
        {
            h = encoder.call(zeros(views, type));
        }
        catch (Exception e) when (e is System.Runtime.InteropServices.ExternalException or ArgumentException)
        {
            throw new ConfigurationException(
                $"The {Describe()} fails on views ({string.Join(", ", views)}): {Printable.Of(e.Message.Split('\n')[0])}", e);
        }
        encoder.train();
        return h?.shape is [2, > 0 and <= int.MaxValue and var d] && h.dtype == type ? (int)d : throw EncoderOutput.Refusal(h, views, this);
    }

    /// <inheritdoc/>
    public override string Describe() => $"custom encoder {Printable.Of(Name)}";

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (Name.Trim().Length is < 1 or > LongestName || Name.Any(char.IsControl))
            throw new ArgumentOutOfRangeException(
                nameof(Name), Name, $"The name of a custom encoder has 1 to {LongestName} characters, all in one line.");
    }

    /// <summary>The encoder of a recipe, together with the code that makes it.</summary>
    /// <param name="stored">The encoder in the recipe.</param>
    /// <param name="brought">The custom encoder that the caller provides; null for none.</param>
    /// <param name="source">The name of the run or file in error messages.</param>
    /// <param name="door">How to provide one, in C#.</param>
    /// <exception cref="ConfigurationException">
    /// The recipe has a custom encoder and none, or another one, is provided; or it has none and one is provided.
    /// </exception>
    internal static EncoderOptions Bring(EncoderOptions stored, CustomEncoder? brought, string source, string door) =>
        (stored, brought) switch
        {
            (CustomEncoder { Make: null }, null) =>
                throw new ConfigurationException($"{source} has the {stored.Describe()}: open it from C# ({door})."),
            (_, null) => stored,
            (CustomEncoder own, _) when own.Name == brought.Name && own.Channels == brought.Channels => brought,
            (CustomEncoder own, _) when own.Name == brought.Name => throw new ConfigurationException(
                $"{source} has the {own.Describe()} for images of {own.Channels} channels, and one of {brought.Channels} is brought."),
            _ => throw new ConfigurationException($"{source} has the {stored.Describe()}, and the {brought.Describe()} is brought."),
        };

    /// <summary>Whether name and channels are equal.</summary>
    /// <param name="other">The options to compare with; null is never equal.</param>
    public bool Equals(CustomEncoder? other) => base.Equals(other) && Name == other!.Name;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Name);
}
