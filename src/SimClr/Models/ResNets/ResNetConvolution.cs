namespace SimClr.Models;

/// <summary>
/// A convolution of a ResNet without bias, and the batch norm after it: (N, Inputs, H, W) → (N, Outputs, ⌈H/Stride⌉, ⌈W/Stride⌉).
/// </summary>
/// <param name="Name">Its state-dict name, without <c>.weight</c>.</param>
/// <param name="Norm">The name of the batch norm; null if there is none.</param>
/// <param name="Kernel">k, the side of the kernel in pixels; odd.</param>
/// <param name="Stride">In pixels.</param>
/// <param name="Inputs">The number of input channels.</param>
/// <param name="Outputs">The number of output channels.</param>
public sealed record ResNetConvolution(string Name, string? Norm, int Kernel, int Stride, int Inputs, int Outputs)
{
    /// <summary>Zeros at every side of the image, in pixels.</summary>
    public int Padding => Kernel / 2;

    /// <summary>The output side for images of <paramref name="side"/> × <paramref name="side"/> pixels.</summary>
    /// <param name="side">The side of the input, in pixels.</param>
    public int SideAfter(int side) => (side + Stride - 1) / Stride;
}
