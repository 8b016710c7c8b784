namespace SimClr.Models;

/// <summary>
/// The selection between the two paths of a selective-kernel convolution, from means over all pixels: <paramref name="Reduce"/>, batch
/// norm, ReLU, <paramref name="Expand"/>.
/// </summary>
/// <param name="Name">The module's state-dict name.</param>
/// <param name="Reduce">W₁, a 1×1 convolution.</param>
/// <param name="Expand">W₂, a 1×1 convolution without a norm: one logit per channel of both paths.</param>
public sealed record ResNetSelection(string Name, ResNetConvolution Reduce, ResNetConvolution Expand);
