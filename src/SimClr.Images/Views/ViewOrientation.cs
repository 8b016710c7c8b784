namespace SimClr.Views;

/// <summary>
/// The flips and the rotation of a view as what a renderer does with the resized crop: mirror it left to right, mirror it top to bottom, then
/// transpose it (rows become columns), each or not. All eight orientations are of this form.
/// </summary>
/// <param name="Mirrored">Left to right.</param>
/// <param name="UpsideDown">Top to bottom.</param>
/// <param name="Transposed">After that.</param>
internal readonly record struct ViewOrientation(bool Mirrored, bool UpsideDown, bool Transposed)
{
    /// <summary>The orientation of a view.</summary>
    /// <exception cref="ArgumentException">Its quarter turns lie outside [0, 3].</exception>
    public static ViewOrientation Of(in ViewParameters view) => view.QuarterTurns switch
    {
        0 => new(view.Flip, view.VerticalFlip, false),
        1 => new(!view.Flip, view.VerticalFlip, true), // rot90(m)[i, j] = m[j, S − 1 − i]
        2 => new(!view.Flip, !view.VerticalFlip, false),
        3 => new(view.Flip, !view.VerticalFlip, true),
        _ => throw new ArgumentException($"A view is rotated by 0 to 3 quarter turns, not by {view.QuarterTurns}.", nameof(view)),
    };
}
