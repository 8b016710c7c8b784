using System.Runtime.CompilerServices;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>Facts about an encoder that was made from options.</summary>
/// <param name="Options">The options, with every automatic value resolved.</param>
/// <param name="FeatureDim">D, the length of h.</param>
internal sealed record EncoderFacts(EncoderOptions Options, int FeatureDim)
{
    private static readonly ConditionalWeakTable<Module, EncoderFacts> OfCustom = [];

    /// <summary>The facts of an encoder; null for a module that was made in another way. Thread-safe.</summary>
    public static EncoderFacts? Of(Module encoder) =>
        OfCustom.TryGetValue(encoder, out var facts) ? facts : encoder is IEncoder known ? new(known.Options, known.FeatureDim) : null;

    /// <summary>Keeps the facts of a custom encoder's module for as long as it lives.</summary>
    /// <returns>Whether the module is new.</returns>
    public static bool TryAdd(Module encoder, EncoderFacts facts) => OfCustom.TryAdd(encoder, facts);
}
