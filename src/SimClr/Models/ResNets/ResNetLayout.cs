namespace SimClr.Models;

/// <summary>
/// The two published variants of ResNet v1.5. They compute different functions, so their weights are not interchangeable.
/// </summary>
public enum ResNetLayout
{
    /// <summary>torchvision's: identity shortcuts if the shape does not change; max pooling padded by one pixel on every side.</summary>
    Torchvision,

    /// <summary>
    /// Google's SimCLR (<c>resnet.py</c>): the first block of every stage has a projection shortcut, even if the shape does not change
    /// (stage 1 of ResNet-18 and -34). Max pooling is TensorFlow's SAME (padding only right and below for even sides).
    /// </summary>
    Google,
}
