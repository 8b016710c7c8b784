namespace SimClr.Views;

/// <summary>
/// A register of floats. The arithmetic of views is written once with it, and runs on 4, 8 or 16 lanes (<see cref="Floats4"/> for NEON and
/// SSE, <see cref="Floats8"/> for AVX2, <see cref="Floats16"/> for AVX-512).
/// </summary>
internal interface IFloats<TSelf> where TSelf : struct, IFloats<TSelf>
{
    /// <summary>Floats in a register.</summary>
    static abstract int Lanes { get; }

    /// <summary>A register with the same value in every lane.</summary>
    static abstract TSelf All(float value);

    /// <summary>Loads the floats from <paramref name="at"/> on.</summary>
    static abstract TSelf Load(ref float source, nint at);

    /// <summary>Loads one byte per lane, as floats in [0, 255].</summary>
    static abstract TSelf Load(ref byte source, nint at);

    /// <summary>
    /// Loads four floats from <paramref name="at"/> on, four from <paramref name="distance"/> floats further on, and so on until the
    /// register is full.
    /// </summary>
    static abstract TSelf LoadFours(ref float source, nint at, nint distance);

    /// <summary>Interleaves the first two of every four lanes of a and b: a0 b0 a1 b1.</summary>
    static abstract TSelf ZipLow(TSelf a, TSelf b);

    /// <summary>Interleaves the last two of every four lanes of a and b: a2 b2 a3 b3.</summary>
    static abstract TSelf ZipHigh(TSelf a, TSelf b);

    /// <summary>Writes the lanes from <paramref name="at"/> on.</summary>
    void Store(ref float target, nint at);

    /// <summary>The sum of the lanes.</summary>
    float Sum();

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Min(TSelf a, TSelf b);

    static abstract TSelf Max(TSelf a, TSelf b);

    static abstract TSelf Abs(TSelf a);

    /// <summary>In every lane, a = b ? yes : no.</summary>
    static abstract TSelf IfEqual(TSelf a, TSelf b, TSelf yes, TSelf no);

    /// <summary>In every lane, a ≥ b ? yes : no.</summary>
    static abstract TSelf IfAtLeast(TSelf a, TSelf b, TSelf yes, TSelf no);
}
