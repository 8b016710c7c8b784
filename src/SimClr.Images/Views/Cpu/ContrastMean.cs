namespace SimClr.Views;

/// <summary>The mean that contrast is changed around.</summary>
public enum ContrastMean
{
    /// <summary>One number, the mean of the gray image: torchvision.</summary>
    Gray,

    /// <summary>Each channel's own mean: TensorFlow, and so Google's code.</summary>
    Channel,
}
