namespace SimClr.Views;

/// <summary>
/// The flips and the rotation of a view as three optional steps on the resized crop: mirror left to right, mirror top to bottom, then
/// transpose (rows become columns). All eight orientations have this form.
/// </summary>
/// <param name="Mirrored">Whether to mirror left to right.</param>
/// <param name="UpsideDown">Whether to mirror top to bottom.</param>
/// <param name="Transposed">Whether to transpose afterwards.</param>
internal readonly record struct ViewOrientation(bool Mirrored, bool UpsideDown, bool Transposed)
{
    /// <summary>The orientation of a view.</summary>
    /// <exception cref="ArgumentException">The quarter turns are outside [0, 3].</exception>
    public static ViewOrientation Of(in ViewParameters view) => view.QuarterTurns switch
    {
        0 => new(view.Flip, view.VerticalFlip, false),
        1 => new(!view.Flip, view.VerticalFlip, true), // rot90(m)[i, j] = m[j, S − 1 − i]
        2 => new(!view.Flip, !view.VerticalFlip, false),
        3 => new(view.Flip, !view.VerticalFlip, true),
        _ => throw new ArgumentException($"A view is rotated by 0 to 3 quarter turns, not by {view.QuarterTurns}.", nameof(view)),
    };
}
