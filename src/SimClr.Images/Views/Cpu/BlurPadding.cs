namespace SimClr.Views;

/// <summary>What the blur sees beyond the border.</summary>
public enum BlurPadding
{
    /// <summary>The image mirrored at the middle of its outermost pixels: torchvision.</summary>
    Reflect,

    /// <summary>Zeros ("SAME" padding): Google's code; darkens the border.</summary>
    Zero,
}
