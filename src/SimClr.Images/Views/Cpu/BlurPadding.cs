namespace SimClr.Views;

/// <summary>The values that the blur uses beyond the border.</summary>
public enum BlurPadding
{
    /// <summary>Reflection at the centres of the border pixels: torchvision.</summary>
    Reflect,

    /// <summary>Zeros ("SAME" padding): Google's code. The border becomes darker.</summary>
    Zero,
}
