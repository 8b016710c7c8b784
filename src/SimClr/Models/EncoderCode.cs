namespace SimClr.Models;

/// <summary>The code that a caller brings or allows. No recipe and no weights of ours have any.</summary>
/// <param name="Custom">Makes a custom encoder; null: none is brought.</param>
/// <param name="TrustScript">Whether the program of a TorchScript encoder may run.</param>
internal sealed record EncoderCode(CustomEncoder? Custom, bool TrustScript)
{
    /// <summary>The encoder of a recipe, together with its code.</summary>
    /// <param name="stored">The encoder in the recipe.</param>
    /// <param name="source">The name of the run or file in error messages.</param>
    /// <param name="door">How to bring a custom encoder, in C#.</param>
    /// <param name="near">The run's folder, or a file in it; null: none.</param>
    /// <exception cref="ConfigurationException">The code is missing, not allowed, or that of another encoder.</exception>
    /// <exception cref="InvalidDataException">The script file is missing, or is not TorchScript.</exception>
    /// <exception cref="IOException">The file of a script cannot be read.</exception>
    public EncoderOptions AddTo(EncoderOptions stored, string source, string door, string? near)
    {
        var encoder = CustomEncoder.Bring(stored, Custom, source, door);
        if (encoder is not ScriptOptions { File: null } script) return encoder;
        return TrustScript ? script.TrustedNear(near, source) : throw script.Untrusted(source);
    }
}
