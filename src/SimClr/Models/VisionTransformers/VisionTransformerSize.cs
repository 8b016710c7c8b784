namespace SimClr.Models;

/// <summary>The sizes of vision transformers. D is the length of h and of every token; a head has 64 numbers.</summary>
public enum VisionTransformerSize
{
    /// <summary>D = 192, 3 heads, 12 blocks, 5 M parameters (Touvron et al. 2021, Table 1).</summary>
    VitTiny,

    /// <summary>D = 384, 6 heads, 12 blocks, 22 M parameters (Touvron et al. 2021, Table 1).</summary>
    VitSmall,

    /// <summary>D = 768, 12 heads, 12 blocks, 86 M parameters (Dosovitskiy et al. 2021, Table 1).</summary>
    VitBase,

    /// <summary>D = 1,024, 16 heads, 24 blocks, 304 M parameters (Dosovitskiy et al. 2021, Table 1).</summary>
    VitLarge,
}
