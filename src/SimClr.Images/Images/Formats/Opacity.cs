namespace SimClr.Images;

/// <summary>What the last channel of a file means.</summary>
internal enum Opacity
{
    /// <summary>It is a channel like the others.</summary>
    None,

    /// <summary>It is opacity; the colours are as they are without it.</summary>
    Straight,

    /// <summary>It is opacity, and the colours are already multiplied by it.</summary>
    Premultiplied,
}
