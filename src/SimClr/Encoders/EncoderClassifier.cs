using static TorchSharp.torch;

namespace SimClr.Encoders;

/// <summary>A linear classifier on h: logits = W h + b.</summary>
/// <param name="Weight">W (C, D), of a floating dtype, on any device; borrowed until it is written.</param>
/// <param name="Bias">b (C), of a floating dtype, on any device; borrowed until it is written.</param>
/// <param name="Classes">The names of the C classes, in the order of the logits.</param>
public sealed record EncoderClassifier(Tensor Weight, Tensor Bias, IReadOnlyList<string> Classes);
