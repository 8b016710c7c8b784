namespace SimClr.Models;

/// <summary>A convolution of a ResNet, without a bias, and the batch norm after it: (N, Inputs, H, W) → (N, Outputs, ⌈H/Stride⌉, ⌈W/Stride⌉).</summary>
/// <param name="Name">Its state-dict name, without <c>.weight</c>.</param>
/// <param name="Norm">The batch norm's; null where none follows.</param>
/// <param name="Kernel">k, pixels a side; odd.</param>
/// <param name="Stride">In pixels.</param>
/// <param name="Inputs">Channels that it reads.</param>
/// <param name="Outputs">Channels that it makes.</param>
public sealed record ResNetConvolution(string Name, string? Norm, int Kernel, int Stride, int Inputs, int Outputs)
{
    /// <summary>Zeros on every side of an image, in pixels.</summary>
    public int Padding => Kernel / 2;

    /// <summary>The side of what it makes of images of <paramref name="side"/> pixels a side.</summary>
    public int SideAfter(int side) => (side + Stride - 1) / Stride;
}
