using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Floats = System.Runtime.Intrinsics.Vector512<float>;

namespace SimClr.Models;

/// <summary>
/// A matrix product of matrices in panels: <see cref="Width"/> columns, row after row, then the next columns. A product then reads memory
/// in order.
/// </summary>
internal static unsafe class PanelMatmul
{
    /// <summary>Columns in a panel.</summary>
    public const int Width = 32;

    /// <summary>Rows that are computed at a time.</summary>
    public const int Rows = 8;

    /// <summary>c = Σ a·b, or c + Σ a·b, for eight rows and a panel of columns. Sixteen sums stay in registers.</summary>
    /// <param name="a">The element of the left matrix in the first row and the first term.</param>
    /// <param name="row">Floats from one row of the left matrix to the next.</param>
    /// <param name="term">Floats from one term of the sum to the next.</param>
    /// <param name="panel">Floats from one run of terms to the next.</param>
    /// <param name="panels">The number of runs.</param>
    /// <param name="terms">The terms in a run.</param>
    /// <param name="b">A panel of the right matrix: one row per term, all runs one after the other.</param>
    /// <param name="c">The rows of a panel.</param>
    /// <param name="add">Whether to add to c instead of overwriting it.</param>
    // Inlined, which the runtime may decide after a few calls, its own calls are too many for the compiler's budget: some of them would
    // stay calls, with the sums in memory. A training step then takes twice as long.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Compute(float* a, nint row, nint term, nint panel, int panels, int terms, float* b, float* c, bool add)
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            for (int i = 0; i < Rows; i += 4)
            {
                Quarter(a + i * row, row, term, panel, panels, terms, b, c + i * Width, add);
                Quarter(a + i * row, row, term, panel, panels, terms, b + 16, c + i * Width + 16, add);
            }
            return;
        }
        Floats c00 = Floats.Zero, c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
        Floats c40 = c00, c41 = c00, c50 = c00, c51 = c00, c60 = c00, c61 = c00, c70 = c00, c71 = c00;
        if (add)
        {
            (c00, c01, c10, c11) = (Load(c), Load(c + 16), Load(c + 32), Load(c + 48));
            (c20, c21, c30, c31) = (Load(c + 64), Load(c + 80), Load(c + 96), Load(c + 112));
            (c40, c41, c50, c51) = (Load(c + 128), Load(c + 144), Load(c + 160), Load(c + 176));
            (c60, c61, c70, c71) = (Load(c + 192), Load(c + 208), Load(c + 224), Load(c + 240));
        }
        for (int run = 0; run < panels; run++)
        {
            float* upper = a + run * panel, lower = upper + 4 * row;
            for (int i = 0; i < terms; i++, upper += term, lower += term, b += Width)
            {
                Floats left = Load(b), right = Load(b + 16);
                Add(upper[0], left, right, ref c00, ref c01);
                Add(upper[row], left, right, ref c10, ref c11);
                Add(upper[2 * row], left, right, ref c20, ref c21);
                Add(upper[3 * row], left, right, ref c30, ref c31);
                Add(lower[0], left, right, ref c40, ref c41);
                Add(lower[row], left, right, ref c50, ref c51);
                Add(lower[2 * row], left, right, ref c60, ref c61);
                Add(lower[3 * row], left, right, ref c70, ref c71);
            }
        }
        Store(c, c00, c01, c10, c11);
        Store(c + 64, c20, c21, c30, c31);
        Store(c + 128, c40, c41, c50, c51);
        Store(c + 192, c60, c61, c70, c71);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // as Compute
    private static void Quarter(float* a, nint row, nint term, nint panel, int panels, int terms, float* b, float* c, bool add)
    {
        Vector256<float> c00 = Vector256<float>.Zero, c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
        if (add)
        {
            (c00, c01, c10, c11) = (Vector256.Load(c), Vector256.Load(c + 8), Vector256.Load(c + 32), Vector256.Load(c + 40));
            (c20, c21, c30, c31) = (Vector256.Load(c + 64), Vector256.Load(c + 72), Vector256.Load(c + 96), Vector256.Load(c + 104));
        }
        for (int run = 0; run < panels; run++)
        {
            float* upper = a + run * panel, lower = upper + 2 * row;
            for (int i = 0; i < terms; i++, upper += term, lower += term, b += Width)
            {
                Vector256<float> left = Vector256.Load(b), right = Vector256.Load(b + 8);
                Add(upper[0], left, right, ref c00, ref c01);
                Add(upper[row], left, right, ref c10, ref c11);
                Add(lower[0], left, right, ref c20, ref c21);
                Add(lower[row], left, right, ref c30, ref c31);
            }
        }
        c00.Store(c);
        c01.Store(c + 8);
        c10.Store(c + 32);
        c11.Store(c + 40);
        c20.Store(c + 64);
        c21.Store(c + 72);
        c30.Store(c + 96);
        c31.Store(c + 104);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float a, Vector256<float> left, Vector256<float> right, ref Vector256<float> c0, ref Vector256<float> c1)
    {
        var factor = Vector256.Create(a);
        c0 = Vector256.FusedMultiplyAdd(factor, left, c0);
        c1 = Vector256.FusedMultiplyAdd(factor, right, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float a, Floats left, Floats right, ref Floats c0, ref Floats c1)
    {
        var factor = Vector512.Create(a);
        c0 = Vector512.FusedMultiplyAdd(factor, left, c0);
        c1 = Vector512.FusedMultiplyAdd(factor, right, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats Load(float* from) => Vector512.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, Floats v0, Floats v1, Floats v2, Floats v3)
    {
        v0.Store(to);
        v1.Store(to + 16);
        v2.Store(to + 32);
        v3.Store(to + 48);
    }
}
