namespace SimClr.Models;

/// <summary>Where two published ResNets v1.5 differ in what they compute; weights of one are not weights of the other.</summary>
public enum ResNetLayout
{
    /// <summary>torchvision's: identity shortcuts where the shape stays; max pooling with a border of one pixel on every side.</summary>
    Torchvision,

    /// <summary>
    /// Google's SimCLR (<c>resnet.py</c>): the first block of every stage has a projection shortcut, also where the shape
    /// stays (stage 1 of ResNet-18 and -34), and max pooling is TensorFlow's SAME (a border only right and below for even sides).
    /// </summary>
    Google,
}
