namespace SimClr.Models;

/// <summary>
/// The rule by which learned position embeddings are resampled to another grid of patches. All rules are bicubic (a = −0.75), without
/// antialiasing except <see cref="Timm"/>, and differ in where they take their samples. Weights give the best features with the rule of the
/// program that they come from.
/// </summary>
public enum PositionResampling
{
    /// <summary>torchvision's <c>interpolate_embeddings</c>: corners are aligned.</summary>
    Torchvision,

    /// <summary>timm's <c>resample_abs_pos_embed</c>: corners are not aligned, with antialiasing.</summary>
    Timm,

    /// <summary>
    /// DINOv2's <c>interpolate_pos_encoding</c>: corners are not aligned, and the scale is (new + 0.1) / old per side, not new / old.
    /// </summary>
    DinoV2,
}
