using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SimClr.Views;

/// <summary>Four lanes: NEON, SSE.</summary>
internal readonly struct Floats4(Vector128<float> value) : IFloats<Floats4>
{
    /// <summary>The register.</summary>
    public Vector128<float> Value { get; } = value;

    public static int Lanes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 All(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Load(ref float source, nint at) => new(Vector128.LoadUnsafe(ref source, (nuint)at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Load(ref byte source, nint at)
    {
        var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref source, at))).AsByte();
        return new(Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 LoadFours(ref float source, nint at, nint distance) => Load(ref source, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 ZipLow(Floats4 a, Floats4 b) =>
        new(Sse.IsSupported ? Sse.UnpackLow(a.Value, b.Value)
            : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a.Value, b.Value)
            : Vector128.Create(a.Value[0], b.Value[0], a.Value[1], b.Value[1]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 ZipHigh(Floats4 a, Floats4 b) =>
        new(Sse.IsSupported ? Sse.UnpackHigh(a.Value, b.Value)
            : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a.Value, b.Value)
            : Vector128.Create(a.Value[2], b.Value[2], a.Value[3], b.Value[3]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref float target, nint at) => Value.StoreUnsafe(ref target, (nuint)at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Sum() => Vector128.Sum(Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 operator +(Floats4 a, Floats4 b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 operator -(Floats4 a, Floats4 b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 operator *(Floats4 a, Floats4 b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 MultiplyAdd(Floats4 a, Floats4 b, Floats4 c) => new(Vector128.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Min(Floats4 a, Floats4 b) => new(Vector128.MinNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Max(Floats4 a, Floats4 b) => new(Vector128.MaxNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 Abs(Floats4 a) => new(Vector128.Abs(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 IfEqual(Floats4 a, Floats4 b, Floats4 yes, Floats4 no) =>
        new(Vector128.ConditionalSelect(Vector128.Equals(a.Value, b.Value), yes.Value, no.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats4 IfAtLeast(Floats4 a, Floats4 b, Floats4 yes, Floats4 no) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThanOrEqual(a.Value, b.Value), yes.Value, no.Value));
}
