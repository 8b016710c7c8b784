using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Encoders;

/// <summary>
/// The tensors of an encoder with names of its own (<see cref="EncoderOptions.HasOwnNames"/>) in a file. They have these names if they are
/// alone. They have the prefix <c>encoder.</c> if a projection head (<c>head.</c>) or a classification layer (<c>fc.</c>) is in the same
/// file, because the module may use such names too.
/// </summary>
internal static class CustomWeights
{
    private const string Prefix = EncoderStages.EncoderPrefix; // in a file with other tensors

    /// <summary>Finds the encoder and the other tensors.</summary>
    /// <param name="state">The tensors of a file or checkpoint; borrowed, as the result is.</param>
    /// <param name="encoder">The encoder, which knows its own names.</param>
    /// <param name="imageSize">S, in pixels.</param>
    public static (IReadOnlyDictionary<string, Tensor> Encoder, IReadOnlyDictionary<string, Tensor> Head,
        (Tensor Weight, Tensor Bias)? Classifier) Find(
        IReadOnlyDictionary<string, Tensor> state, EncoderOptions encoder, int imageSize)
    {
        using var generator = new Generator(0, CPU);
        using var module = encoder.Create(imageSize, generator);
        string[] own = [.. module.state_dict().Keys];
        bool alone = own.Any(state.ContainsKey) && !own.All(name => state.ContainsKey(Prefix + name));
        if (alone || !state.Keys.Any(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
            return (state, new Dictionary<string, Tensor>(), null);
        return (ModelState.Under(state, Prefix), ModelState.Under(state, "head."),
            state.TryGetValue("fc.weight", out var weight) && state.TryGetValue("fc.bias", out var bias) ? (weight, bias) : null);
    }

    /// <summary>The tensors of a file: the encoder's own names, or with the prefix beside a classifier.</summary>
    public static Dictionary<string, Tensor> Named(IReadOnlyDictionary<string, Tensor> encoder, (Tensor Weight, Tensor Bias)? classifier) =>
        classifier is not { } fc ? encoder.ToDictionary()
            : new(encoder.ToDictionary(t => Prefix + t.Key, t => t.Value)) { ["fc.weight"] = fc.Weight, ["fc.bias"] = fc.Bias };
}
