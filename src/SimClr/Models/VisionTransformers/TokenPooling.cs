namespace SimClr.Models;

/// <summary>What a vision transformer makes h from.</summary>
public enum TokenPooling
{
    /// <summary>The class token after the last layer norm (Dosovitskiy et al. 2021, eq. 4).</summary>
    Class,

    /// <summary>
    /// The mean of the patch tokens, then a layer norm. There is no class token (Zhai et al. 2022, §3; Beyer et al. 2022).
    /// </summary>
    Mean,
}
