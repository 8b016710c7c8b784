using System.Runtime.CompilerServices;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>What is known of an encoder that was made from options.</summary>
/// <param name="Options">With every automatic value decided.</param>
/// <param name="FeatureDim">D, the length of h.</param>
internal sealed record EncoderFacts(EncoderOptions Options, int FeatureDim)
{
    private static readonly ConditionalWeakTable<Module, EncoderFacts> OfCustom = [];

    /// <summary>Those of an encoder; null for a module that was made in another way. Safe from several threads.</summary>
    public static EncoderFacts? Of(Module encoder) =>
        OfCustom.TryGetValue(encoder, out var facts) ? facts : encoder is IEncoder known ? new(known.Options, known.FeatureDim) : null;

    /// <summary>Keeps those of a custom encoder's module for as long as it lives.</summary>
    /// <returns>Whether it is new.</returns>
    public static bool TryAdd(Module encoder, EncoderFacts facts) => OfCustom.TryAdd(encoder, facts);
}
