using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Floats = System.Runtime.Intrinsics.Vector512<float>;

namespace SimClr.Models;

// The transforms along one side of a tile.
internal static unsafe partial class Winograd
{
    private const float A = 0.70710678118654752f, B = 1.41421356237309505f; // A² = 1/2, B² = 2, AB = 1

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputLine(Floats d0, Floats d1, Floats d2, Floats d3, Floats d4, Floats d5, float* to, nint step)
    {
        Add(-2.5f, d2, d0 + d4).Store(to);
        Pair(Add(-2, d2, d4), Add(-2, d1, d3), A, to + step, step);
        Pair(Add(-0.5f, d2, d4), Add(-0.5f, d1, d3), B, to + 3 * step, step);
        Add(-2.5f, d3, d1 + d5).Store(to + 5 * step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputLine(float* from, nint step, float* to, nint toStep)
    {
        Floats m1 = Load(from + step), m2 = Load(from + 2 * step), m3 = Load(from + 3 * step), m4 = Load(from + 4 * step);
        Floats even1 = m1 + m2, odd1 = m1 - m2, even2 = m3 + m4, odd2 = m3 - m4;
        (Load(from) + even1 + even2).Store(to);
        Add(A, odd1, Vector512.Create(B) * odd2).Store(to + toStep);
        Add(0.5f, even1, even2 + even2).Store(to + 2 * toStep);
        Add(0.5f * A, odd1, Add(2 * B, odd2, Load(from + 5 * step))).Store(to + 3 * toStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GradientLine(Floats y0, Floats y1, Floats y2, Floats y3, float* to, nint step)
    {
        y0.Store(to);
        Pair(Add(0.5f, y2, y0), Add(0.5f, y3, y1), A, to + step, step);
        Pair(Add(2, y2, y0), Add(2, y3, y1), B, to + 3 * step, step);
        y3.Store(to + 5 * step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterLine(float* from, nint step, float* to, nint toStep)
    {
        Floats g0 = Load(from), g1 = Load(from + step), g2 = Load(from + 2 * step);
        g0.Store(to);
        Pair(Add(0.5f, g2, g0) * (-2 / 3f), g1 * (-2 / 3f), A, to + toStep, toStep);
        Pair(Add(2, g2, g0) * (1 / 6f), g1 * (1 / 6f), B, to + 3 * toStep, toStep);
        g2.Store(to + 5 * toStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterGradientLine(float* from, nint step, float* to, nint toStep)
    {
        Floats u1 = Load(from + step), u2 = Load(from + 2 * step), u3 = Load(from + 3 * step), u4 = Load(from + 4 * step);
        Floats even1 = (u1 + u2) * (-2 / 3f), even2 = (u3 + u4) * (1 / 6f);
        (Load(from) + even1 + even2).Store(to);
        Add(-2 / 3f * A, u1 - u2, (u3 - u4) * (B / 6)).Store(to + toStep);
        Add(0.5f, even1, Add(2, even2, Load(from + 5 * step))).Store(to + 2 * toStep);
    }

    // The values at a point and at the negative of that point.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pair(Floats even, Floats odd, float point, float* to, nint step)
    {
        Add(point, odd, even).Store(to);
        Add(-point, odd, even).Store(to + step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats Add(float factor, Floats x, Floats y) => Vector512.FusedMultiplyAdd(Vector512.Create(factor), x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats Load(float* from) => Vector512.Load(from);
}
