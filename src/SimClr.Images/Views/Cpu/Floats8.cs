using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SimClr.Views;

/// <summary>Eight lanes: AVX2.</summary>
internal readonly struct Floats8(Vector256<float> value) : IFloats<Floats8>
{
    /// <summary>The register.</summary>
    public Vector256<float> Value { get; } = value;

    public static int Lanes => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 All(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Load(ref float source, nint at) => new(Vector256.LoadUnsafe(ref source, (nuint)at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Load(ref byte source, nint at)
    {
        var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, at))).AsByte();
        if (Avx2.IsSupported) return new(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(bytes)));
        var words = Vector128.WidenLower(bytes);
        return new(Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 LoadFours(ref float source, nint at, nint distance) =>
        new(Vector128.LoadUnsafe(ref source, (nuint)at)
            .ToVector256Unsafe().WithUpper(Vector128.LoadUnsafe(ref source, (nuint)(at + distance))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 ZipLow(Floats8 a, Floats8 b) =>
        Avx.IsSupported ? new(Avx.UnpackLow(a.Value, b.Value))
            : new(Vector256.Create(Floats4.ZipLow(a.Low, b.Low).Value, Floats4.ZipLow(a.High, b.High).Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 ZipHigh(Floats8 a, Floats8 b) =>
        Avx.IsSupported ? new(Avx.UnpackHigh(a.Value, b.Value))
            : new(Vector256.Create(Floats4.ZipHigh(a.Low, b.Low).Value, Floats4.ZipHigh(a.High, b.High).Value));

    private Floats4 Low => new(Value.GetLower());

    private Floats4 High => new(Value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref float target, nint at) => Value.StoreUnsafe(ref target, (nuint)at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Sum() => Vector256.Sum(Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 operator +(Floats8 a, Floats8 b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 operator -(Floats8 a, Floats8 b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 operator *(Floats8 a, Floats8 b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 MultiplyAdd(Floats8 a, Floats8 b, Floats8 c) => new(Vector256.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Min(Floats8 a, Floats8 b) => new(Vector256.MinNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Max(Floats8 a, Floats8 b) => new(Vector256.MaxNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 Abs(Floats8 a) => new(Vector256.Abs(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 IfEqual(Floats8 a, Floats8 b, Floats8 yes, Floats8 no) =>
        new(Vector256.ConditionalSelect(Vector256.Equals(a.Value, b.Value), yes.Value, no.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats8 IfAtLeast(Floats8 a, Floats8 b, Floats8 yes, Floats8 no) =>
        new(Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(a.Value, b.Value), yes.Value, no.Value));
}
