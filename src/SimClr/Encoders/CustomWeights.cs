using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Encoders;

/// <summary>
/// The tensors of a custom encoder in a file: under the module's own names where they stand alone, and after <c>encoder.</c> where a projection head (<c>head.</c>) or
/// a classification layer (<c>fc.</c>) stands beside them, whose names the module may have too.
/// </summary>
internal static class CustomWeights
{
    private const string Prefix = EncoderStages.EncoderPrefix; // beside others

    /// <summary>Finds the encoder, and what stands beside it.</summary>
    /// <param name="state">A file's or a checkpoint's; borrowed, as the result is.</param>
    /// <param name="encoder">Says which names are its own.</param>
    /// <param name="imageSize">S, in pixels.</param>
    public static (IReadOnlyDictionary<string, Tensor> Encoder, IReadOnlyDictionary<string, Tensor> Head, (Tensor Weight, Tensor Bias)? Classifier) Find(
        IReadOnlyDictionary<string, Tensor> state, CustomEncoder encoder, int imageSize)
    {
        using var generator = new Generator(0, CPU);
        using var module = encoder.Create(imageSize, generator);
        string[] own = [.. module.state_dict().Keys];
        bool alone = own.Any(state.ContainsKey) && !own.All(name => state.ContainsKey(Prefix + name));
        if (alone || !state.Keys.Any(name => name.StartsWith(Prefix, StringComparison.Ordinal))) return (state, new Dictionary<string, Tensor>(), null);
        return (ModelState.Under(state, Prefix), ModelState.Under(state, "head."),
            state.TryGetValue("fc.weight", out var weight) && state.TryGetValue("fc.bias", out var bias) ? (weight, bias) : null);
    }

    /// <summary>An encoder's tensors as they stand beside others.</summary>
    public static Dictionary<string, Tensor> Beside(IReadOnlyDictionary<string, Tensor> encoder) => encoder.ToDictionary(t => Prefix + t.Key, t => t.Value);
}
