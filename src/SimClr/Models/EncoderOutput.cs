using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// Checks what an encoder makes of views: a program's own may make anything, and other things in training than in eval mode.
/// </summary>
internal static class EncoderOutput
{
    /// <summary>Refuses an output that is not h.</summary>
    /// <param name="h">The output; borrowed.</param>
    /// <param name="views">x (N, C, S, S); borrowed.</param>
    /// <param name="encoder">Describes the encoder.</param>
    /// <param name="dimensions">D.</param>
    /// <returns>h (N, D).</returns>
    /// <exception cref="ConfigurationException">It is null or has another shape.</exception>
    public static Tensor Require(Tensor? h, Tensor views, EncoderOptions encoder, int dimensions) =>
        h?.shape is [var n, var d] && n == views.shape[0] && d == dimensions ? h : throw Refusal(h, views.shape, encoder, $"{dimensions}");

    /// <summary>The refusal of an output, by its shape or, if that is right, by its dtype.</summary>
    public static ConfigurationException Refusal(Tensor? h, long[] views, EncoderOptions encoder, string dimensions = "D")
    {
        bool fits = h?.shape is [var n, _] && n == views[0] && dimensions == "D";
        return new($"The {encoder.Describe()} makes {(h is null ? "null" : $"({string.Join(", ", h.shape)})")} " +
            $"{(fits ? $"of dtype {h!.dtype} " : "")}of views ({string.Join(", ", views)}); h must be (N, D), here " +
            $"({views[0]}, {dimensions}){(fits ? ", in the dtype of the parameters" : "")}.");
    }
}
