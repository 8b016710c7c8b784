namespace SimClr.Models;

/// <summary>What a vision transformer adds to its tokens so that they know their place.</summary>
public enum PositionEmbedding
{
    /// <summary>Learned vectors, one per patch and one for the class token (Dosovitskiy et al. 2021, §3.1).</summary>
    Learned,

    /// <summary>Fixed sines and cosines of row and column (<see cref="PositionEmbeddings.SineCosine"/>); 0 for the class token.</summary>
    SineCosine,
}
