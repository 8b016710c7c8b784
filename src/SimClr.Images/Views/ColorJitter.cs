namespace SimClr.Views;

/// <summary>Four colour changes and their order. Values are clipped to [0, 1] after each (SimCLR, Appendix A).</summary>
/// <param name="Order">
/// A permutation of the operations 0 brightness, 1 contrast, 2 saturation, 3 hue. Each takes two bits; the first one is lowest.
/// </param>
/// <param name="Brightness">Factor ≥ 0: x·f.</param>
/// <param name="Contrast">Factor ≥ 0: mean + (x − mean)·f.</param>
/// <param name="Saturation">Factor ≥ 0: gray + (x − gray)·f.</param>
/// <param name="Hue">Shift in [−0.5, 0.5] of the colour circle.</param>
public readonly record struct ColorJitter(byte Order, float Brightness, float Contrast, float Saturation, float Hue)
{
    /// <summary>The operation at <paramref name="position"/> (0 to 3).</summary>
    /// <param name="position">The place in the order, 0 to 3.</param>
    public int Operation(int position) => Order >> (2 * position) & 3;
}
