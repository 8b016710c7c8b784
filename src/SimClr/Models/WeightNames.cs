namespace SimClr.Models;

/// <summary>Programs by whose names weights can be written.</summary>
public enum WeightNames
{
    /// <summary>torchvision: <c>load_state_dict(…, strict=True)</c> of its network of the same size, width and stem takes them.</summary>
    Torchvision,

    /// <summary>timm. Its ResNets have torchvision's names.</summary>
    Timm,
}
