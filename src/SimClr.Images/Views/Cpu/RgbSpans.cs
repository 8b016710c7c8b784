namespace SimClr.Views;

/// <summary>The values of R, G and B, of equal length; borrowed memory.</summary>
internal readonly ref struct RgbSpans(Span<float> r, Span<float> g, Span<float> b)
{
    public Span<float> R { get; } = r;

    public Span<float> G { get; } = g;

    public Span<float> B { get; } = b;

    public int Length => R.Length;

    /// <summary>A part of all three.</summary>
    public RgbSpans Slice(int start, int length) => new(R.Slice(start, length), G.Slice(start, length), B.Slice(start, length));
}
