namespace SimClr.Models;

/// <summary>The sizes of ConvNeXts (Liu et al. 2022, §3): channels and blocks of the four stages.</summary>
public enum ConvNeXtSize
{
    /// <summary>Channels 96, 192, 384, 768; blocks 3, 3, 9, 3; 28 M parameters.</summary>
    ConvnextTiny,

    /// <summary>Channels 96, 192, 384, 768; blocks 3, 3, 27, 3; 49 M parameters.</summary>
    ConvnextSmall,

    /// <summary>Channels 128, 256, 512, 1,024; blocks 3, 3, 27, 3; 88 M parameters.</summary>
    ConvnextBase,
}
