namespace SimClr.Models;

/// <summary>The depths of He et al. 2015, Table 1: the number counts the layers with weights.</summary>
public enum ResNetDepth
{
    /// <summary>Basic blocks 2-2-2-2; 512·width features.</summary>
    Resnet18 = 18,

    /// <summary>Basic blocks 3-4-6-3; 512·width features.</summary>
    Resnet34 = 34,

    /// <summary>Bottleneck blocks 3-4-6-3; 2,048·width features.</summary>
    Resnet50 = 50,

    /// <summary>Bottleneck blocks 3-4-23-3; 2,048·width features.</summary>
    Resnet101 = 101,

    /// <summary>Bottleneck blocks 3-8-36-3; 2,048·width features.</summary>
    Resnet152 = 152,
}
