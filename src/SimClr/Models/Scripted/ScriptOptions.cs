using SimClr.IO;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// An encoder from a TorchScript file that Python wrote (<c>torch.jit.script</c> or <c>torch.jit.trace</c>): the kind <c>script</c>. The
/// file has the network as a program, and its initial weights.
/// </summary>
/// <remarks>
/// <para>Making the network runs the program in the file. So it is made only of options that <see cref="Trusted"/> returned, or if whoever
/// opens a run or weights says <c>trustScript</c>. A recipe stores the path and the hash, never the permission. A run's folder has a copy
/// of the file, with the name <c>script-HASH.pt</c>.</para>
/// <para>The module maps x (N, C, S, S) float32 to h (N, D), has float32 parameters, and uses the images' statistics in training mode only.
/// All of its parameters are trained. A seed does not change its initial weights. Random layers (dropout, stochastic depth) are seeded as
/// for a <see cref="CustomEncoder"/>. Two of these are equal if the hashes are, and the channels.</para>
/// </remarks>
public sealed record ScriptOptions : EncoderOptions
{
    /// <summary>The file: a path. Required.</summary>
    public string Script { get; init; } = "";

    /// <summary>
    /// The SHA-256 of the file in lower-case hexadecimal. Null (the default): any file; <see cref="Trusted"/> fills it in.
    /// </summary>
    public string? Sha256 { get; init; }

    /// <summary>The file's content; null in options that were read from a recipe.</summary>
    internal ScriptFile? File { get; private init; }

    /// <inheritdoc/>
    public override bool IsStochastic => true;

    /// <inheritdoc/>
    public override bool HasOwnNames => true;

    /// <summary>Reads the file, and allows its program to run when the network is made. Nothing runs before.</summary>
    /// <returns>These options with the hash and the content of the file.</returns>
    /// <exception cref="ConfigurationException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not a TorchScript file, or its hash is another.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public ScriptOptions Trusted() => TrustedNear(null, "The encoder");

    /// <summary>The same for stored options: the copy in a run's folder is found too.</summary>
    /// <param name="near">The run's folder, or a file in it; null: none.</param>
    /// <param name="source">What has the script, in error messages.</param>
    internal ScriptOptions TrustedNear(string? near, string source)
    {
        if (File is not null) return this;
        Validate();
        var file = ScriptFile.Find(Script, Sha256, near, source);
        return this with { Script = Sha256 is null ? file.Path : Script, Sha256 = file.Sha256, File = file };
    }

    /// <inheritdoc/>
    public override EncoderOptions CompletedBy(EncoderOptions others) =>
        File is null && others is ScriptOptions { File: not null } opened && opened == this ? opened : this;

    /// <inheritdoc/>
    public override Module<Tensor, Tensor> Create(int imageSize, Generator generator)
    {
        Validate();
        return File is null ? throw Untrusted("The run") : new ScriptEncoder(this, imageSize);
    }

    /// <summary>The refusal of a script that nobody allowed to run.</summary>
    /// <param name="source">What has the script.</param>
    internal ConfigurationException Untrusted(string source) => new($"{source} has the encoder of the {Describe()}. " +
        $"Loading it runs the program in this file. If you trust it: --trust-script (in C#: trustScript, or ScriptOptions.Trusted()).");

    internal override void StoreBeside(string folder) => File?.CopyTo(folder);

    /// <inheritdoc/>
    public override string Describe() => $"script {Printable.Of(Script)}";

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (Script.Length == 0 || Script.Any(char.IsControl))
            throw new ArgumentOutOfRangeException(nameof(Script), Script, "An encoder of the kind script needs the path of its file.");
        if (Sha256 is { } hash && (hash.Length != 64 || !hash.All(char.IsAsciiHexDigitLower)))
            throw new ArgumentOutOfRangeException(nameof(Sha256), hash, "A SHA-256 has 64 digits: 0 to 9 and a to f.");
    }

    /// <summary>Whether channels and hash are equal; without hashes, the paths.</summary>
    /// <param name="other">The options to compare with; null is never equal.</param>
    public bool Equals(ScriptOptions? other) =>
        base.Equals(other) && Sha256 == other!.Sha256 && (Sha256 is not null || Script == other.Script);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Sha256);
}
