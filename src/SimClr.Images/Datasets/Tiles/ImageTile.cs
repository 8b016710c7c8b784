namespace SimClr.Datasets;

/// <summary>The place of a tile in the picture that it was cut from.</summary>
/// <param name="Source">The picture, as its data set named it: a path relative to the folder of the images.</param>
/// <param name="X">The left edge in the picture, in pixels.</param>
/// <param name="Y">The upper edge, in pixels.</param>
public sealed record ImageTile(string Source, int X, int Y);
