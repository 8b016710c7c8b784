using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SimClr.Views;

/// <summary>Sixteen lanes: AVX-512.</summary>
internal readonly struct Floats16(Vector512<float> value) : IFloats<Floats16>
{
    /// <summary>The register.</summary>
    public Vector512<float> Value { get; } = value;

    public static int Lanes => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 All(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Load(ref float source, nint at) => new(Vector512.LoadUnsafe(ref source, (nuint)at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Load(ref byte source, nint at)
    {
        var bytes = Vector128.LoadUnsafe(ref source, (nuint)at);
        if (Avx512F.IsSupported) return new(Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(bytes)));
        var (low, high) = Vector128.Widen(bytes);
        return new(Vector512.ConvertToSingle(Vector512.Create(
            Vector256.Create(Vector128.WidenLower(low), Vector128.WidenUpper(low)), Vector256.Create(
                Vector128.WidenLower(high), Vector128.WidenUpper(high))).AsInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 LoadFours(ref float source, nint at, nint distance)
    {
        if (!Avx512F.IsSupported) return new(Vector512.Create(
            Floats8.LoadFours(ref source, at, distance).Value, Floats8.LoadFours(ref source, at + 2 * distance, distance).Value));
        var first = Vector128.LoadUnsafe(ref source, (nuint)at).ToVector256Unsafe().ToVector512Unsafe();
        first = Avx512F.InsertVector128(first, Vector128.LoadUnsafe(ref source, (nuint)(at + distance)), 1);
        first = Avx512F.InsertVector128(first, Vector128.LoadUnsafe(ref source, (nuint)(at + 2 * distance)), 2);
        return new(Avx512F.InsertVector128(first, Vector128.LoadUnsafe(ref source, (nuint)(at + 3 * distance)), 3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 ZipLow(Floats16 a, Floats16 b) =>
        Avx512F.IsSupported ? new(Avx512F.UnpackLow(a.Value, b.Value))
            : new(Vector512.Create(Floats8.ZipLow(a.Low, b.Low).Value, Floats8.ZipLow(a.High, b.High).Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 ZipHigh(Floats16 a, Floats16 b) =>
        Avx512F.IsSupported ? new(Avx512F.UnpackHigh(a.Value, b.Value))
            : new(Vector512.Create(Floats8.ZipHigh(a.Low, b.Low).Value, Floats8.ZipHigh(a.High, b.High).Value));

    private Floats8 Low => new(Value.GetLower());

    private Floats8 High => new(Value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref float target, nint at) => Value.StoreUnsafe(ref target, (nuint)at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Sum() => Vector512.Sum(Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator +(Floats16 a, Floats16 b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator -(Floats16 a, Floats16 b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator *(Floats16 a, Floats16 b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 MultiplyAdd(Floats16 a, Floats16 b, Floats16 c) => new(Vector512.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Min(Floats16 a, Floats16 b) => new(Vector512.MinNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Max(Floats16 a, Floats16 b) => new(Vector512.MaxNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Abs(Floats16 a) => new(Vector512.Abs(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 IfEqual(Floats16 a, Floats16 b, Floats16 yes, Floats16 no) =>
        new(Vector512.ConditionalSelect(Vector512.Equals(a.Value, b.Value), yes.Value, no.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 IfAtLeast(Floats16 a, Floats16 b, Floats16 yes, Floats16 no) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(a.Value, b.Value), yes.Value, no.Value));
}
