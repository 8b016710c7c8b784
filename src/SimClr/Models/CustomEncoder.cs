using SimClr.IO;
using SimClr.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// Anybody's encoder: the kind <c>custom</c>. A recipe keeps its <see cref="Name"/> and channels, no code: whoever opens its run or its weights brings what makes the
/// module (<c>PretrainRunOptions.Encoder</c>, <c>TrainedEncoder.Load(path, encoder)</c>). Weights stand under the module's own names in every file.
/// </summary>
/// <remarks>
/// <para>The module takes x (N, C, S, S), in the floating type of its parameters, to h (N, D); D is read off one forward pass. Dropout and other random layers draw from
/// torch's global generator. In training it is seeded before every forward pass by seed, step, micro-batch and rank, and put back after it, so that both passes of
/// gradient caching see the same masks and a run that is resumed the same as one that was not. W ranks draw other masks than one. (A GPU's
/// generator is seeded too, and not put back: libtorch does not show its state.) The generator is the process's: while a module is made or trained no other thread
/// should draw from it.</para>
/// <para>Parameters that get no gradient in a step stay as they are in it. Buffers may be of any type; their values must be finite. On several ranks
/// <c>BatchNorm2d</c> is refused: <see cref="BatchNorm"/> has the statistics of all ranks. Two custom encoders are equal where name and channels are.</para>
/// </remarks>
public sealed record CustomEncoder : EncoderOptions
{
    private const int LongestName = 100;

    private CustomEncoder() => Name = ""; // of a recipe

    /// <summary>An encoder that a function makes.</summary>
    /// <param name="name">What recipes and messages call it: 1 to 100 characters in one line. Another architecture should have another name.</param>
    /// <param name="make">
    /// Makes the module on the CPU, a new one at each call, from a seed: torch's global generator has it during the call, so that layers that draw their weights from there
    /// are the same for the same seed. The module belongs to whoever asked for it. Called by one thread at a time for each network: the trained one, an untrained twin, a student.
    /// </param>
    public CustomEncoder(string name, Func<long, Module<Tensor, Tensor>> make)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(make);
        (Name, Make) = (name, make);
    }

    /// <summary>What recipes and messages call it.</summary>
    public string Name { get; init; }

    /// <summary>Makes the module from a seed; null in options that were read from a recipe.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Func<long, Module<Tensor, Tensor>>? Make { get; }

    /// <inheritdoc/>
    public override bool IsStochastic => true;

    /// <inheritdoc/>
    public override Module<Tensor, Tensor> Create(int imageSize, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        Validate();
        if (Make is null) throw new ConfigurationException($"The {Describe()} is made by code that is not here: open it from C# (new CustomEncoder(name, make)).");
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

    // What the module holds belongs to no dispose scope of whoever asked for it.
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
        if (ModelState.FaultOf(encoder.state_dict()) is { } fault) throw new ConfigurationException($"The {Describe()} cannot be trained: {fault}.");
        long[] views = [2, Channels, imageSize, imageSize], h;
        encoder.eval();
        try
        {
            h = encoder.call(zeros(views, encoder.parameters().FirstOrDefault()?.dtype ?? ScalarType.Float32)).shape;
        }
        catch (Exception e) when (e is System.Runtime.InteropServices.ExternalException or ArgumentException)
        {
            throw new ConfigurationException($"The {Describe()} fails on views ({string.Join(", ", views)}): {Printable.Of(e.Message.Split('\n')[0])}", e);
        }
        encoder.train();
        return h.Length == 2 && h[0] == 2 && h[1] is > 0 and <= int.MaxValue
            ? (int)h[1]
            : throw new ConfigurationException($"The {Describe()} makes ({string.Join(", ", h)}) of views ({string.Join(", ", views)}); h must be (N, D), here (2, D).");
    }

    /// <inheritdoc/>
    public override string Describe() => $"custom encoder {Printable.Of(Name)}";

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (Name.Trim().Length is < 1 or > LongestName || Name.Any(char.IsControl))
            throw new ArgumentOutOfRangeException(nameof(Name), Name, $"The name of a custom encoder has 1 to {LongestName} characters, all in one line.");
    }

    /// <summary>The encoder of a recipe, with what makes it.</summary>
    /// <param name="stored">The recipe's.</param>
    /// <param name="brought">A custom encoder that whoever opens it brings; null for none.</param>
    /// <param name="source">What errors call the run or the file.</param>
    /// <param name="door">How to bring one, in C#.</param>
    /// <exception cref="ConfigurationException">The recipe has a custom encoder and none is brought, or another one; or it has none and one is brought.</exception>
    internal static EncoderOptions Bring(EncoderOptions stored, CustomEncoder? brought, string source, string door) => (stored, brought) switch
    {
        (CustomEncoder { Make: null }, null) => throw new ConfigurationException($"{source} has the {stored.Describe()}: open it from C# ({door})."),
        (_, null) => stored,
        (CustomEncoder own, _) when own.Name == brought.Name && own.Channels == brought.Channels => brought,
        (CustomEncoder own, _) when own.Name == brought.Name => throw new ConfigurationException($"{source} has the {own.Describe()} for images of {own.Channels} channels, and one of {brought.Channels} is brought."),
        _ => throw new ConfigurationException($"{source} has the {stored.Describe()}, and the {brought.Describe()} is brought."),
    };

    /// <summary>Whether name and channels are equal.</summary>
    public bool Equals(CustomEncoder? other) => base.Equals(other) && Name == other!.Name;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Name);
}
