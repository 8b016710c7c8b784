using static TorchSharp.torch;

namespace SimClr.Encoders;

/// <summary>A linear classifier on h: logits = W h + b.</summary>
/// <param name="Weight">W (C, D), of a floating type, on any device; borrowed until it is written.</param>
/// <param name="Bias">b (C), likewise.</param>
/// <param name="Classes">The C classes' names, in the order of the logits.</param>
public sealed record EncoderClassifier(Tensor Weight, Tensor Bias, IReadOnlyList<string> Classes);
