using SimClr.Weights;

namespace SimClr.Encoders;

/// <summary>The place of weights, as users write it: a path, or <c>FILE#NETWORK</c> for one of several networks in a file.</summary>
/// <param name="Path">The folder or file.</param>
/// <param name="Network">The network's prefix or a part of it, as <see cref="Models.EncoderWeights.Find"/> takes it; null if none.</param>
internal readonly record struct WeightsPath(string Path, string? Network)
{
    /// <summary>Reads the text. What exists as it is written is a path, also with a <c>#</c> in its name.</summary>
    public static WeightsPath Parse(string text) =>
        !Exists(text) && text.LastIndexOf('#') is > 0 and var mark && File.Exists(text[..mark])
            ? new(text[..mark], text[(mark + 1)..]) : new(text, null);

    /// <summary>Whether there are weights at a place.</summary>
    public static bool Exists(string text) => System.IO.Path.Exists(text) || TensorFlowCheckpoint.IsAt(text);
}
