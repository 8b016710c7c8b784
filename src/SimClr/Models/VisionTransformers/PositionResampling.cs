namespace SimClr.Models;

/// <summary>
/// The rule by which learned position embeddings are resampled to another grid of patches. All rules are bicubic and differ in where they
/// take their samples. Weights give the best features with the rule of the program that they come from.
/// </summary>
public enum PositionResampling
{
    /// <summary>torchvision's <c>interpolate_embeddings</c>: corners are aligned.</summary>
    Torchvision,

    /// <summary>
    /// timm's <c>resample_abs_pos_embed</c>, also that of DINOv2 with registers: corners are not aligned, with antialiasing (Pillow's
    /// filter, a = −½ instead of −¾).
    /// </summary>
    Timm,

    /// <summary>
    /// DINOv2's <c>interpolate_pos_encoding</c>: corners are not aligned, and the scale is (new + 0.1) / old per side, not new / old.
    /// </summary>
    DinoV2,

    /// <summary>Hugging Face transformers' <c>interpolate_pos_encoding</c>: corners are not aligned.</summary>
    Transformers,
}
