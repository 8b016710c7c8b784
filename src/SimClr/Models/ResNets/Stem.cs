namespace SimClr.Models;

/// <summary>The layers before the first residual stage.</summary>
public enum Stem
{
    /// <summary><see cref="Small"/> for images of up to 64 × 64 pixels, <see cref="Imagenet"/> for larger ones.</summary>
    Auto,

    /// <summary>
    /// 3×3 convolution, stride 1, no pooling (SimCLR, B.9: "replace the first 7×7 Conv of stride 2 with 3×3 Conv of stride 1, and also
    /// remove the first max pooling").
    /// </summary>
    Small,

    /// <summary>
    /// 3×3 convolution, stride 2, no pooling: a quarter of <see cref="Small"/>'s arithmetic in every stage. Not in the paper; for slow
    /// machines.
    /// </summary>
    SmallStride2,

    /// <summary>
    /// 7×7 convolution of stride 2, then 3×3 max pooling of stride 2 (He et al. 2015). With selective kernels three 3×3 convolutions
    /// replace the 7×7 one.
    /// </summary>
    Imagenet,
}
