using System.Numerics;

namespace SimClr.Models;

/// <summary>
/// The loops of batch normalisation over a block of <see cref="ChannelBlocks"/>. They process a few lines together, column by column, so
/// that the values of the channels stay in registers and memory is read in streams. "lines" holds mean, scale, shift, slope and offset of
/// the channels; v = (x − mean)·scale + shift + addend. No gradient flows where v is not above the floor (0 with a ReLU, −∞ without). NaN
/// stays NaN, as in libtorch.
/// </summary>
/// <remarks>A line is a whole number of vectors. Single values remain in one place only: where the last line of a block is cut.</remarks>
internal static unsafe class BatchNormKernels
{
    private const int Group = 4; // lines

    private static int V => Vector<float>.Count;

    /// <summary>
    /// pivot ← the mean of the lines, from float32 sums. Then sum ← Σ (x − pivot) and squares ← Σ (x − pivot)², which stay exact for any
    /// distance of the mean from 0.
    /// </summary>
    public static void Moments(float* x, int length, int width, float* sum, float* squares, float* pivot)
    {
        for (nint at = 0; at < length; at += Group * width)
        {
            nint end = Math.Min(at + Group * width, length);
            for (nint j = 0; j < width; j += V)
            {
                nint k = at + j;
                var p = Vector.Load(pivot + j);
                for (; k <= end - V; k += width) p += Vector.Load(x + k);
                Vector.Store(p, pivot + j);
                for (nint i = 0; k + i < end; i++) pivot[j + i] += x[k + i];
            }
        }
        for (int j = 0; j < Math.Min(width, length); j++) pivot[j] /= length / width + (j < length % width ? 1 : 0);
        for (nint at = 0; at < length; at += Group * width)
        {
            nint end = Math.Min(at + Group * width, length);
            for (nint j = 0; j < width; j += V)
            {
                nint k = at + j;
                Vector<float> p = Vector.Load(pivot + j), s = Vector.Load(sum + j), q = Vector.Load(squares + j);
                for (; k <= end - V; k += width)
                {
                    var d = Vector.Load(x + k) - p;
                    s += d;
                    q = Vector.FusedMultiplyAdd(d, d, q);
                }
                Vector.Store(s, sum + j);
                Vector.Store(q, squares + j);
                for (nint i = 0; k + i < end; i++)
                {
                    float d = x[k + i] - pivot[j + i];
                    sum[j + i] += d;
                    squares[j + i] = MathF.FusedMultiplyAdd(d, d, squares[j + i]);
                }
            }
        }
    }

    /// <summary>y ← max(v, floor). A null addend means none.</summary>
    public static void Normalize(float* x, float* addend, float* y, int length, int width, float* lines, float floor)
    {
        float* mean = lines, scale = mean + width, shift = scale + width;
        var least = new Vector<float>(floor);
        for (nint at = 0; at < length; at += Group * width)
        {
            nint end = Math.Min(at + Group * width, length);
            for (nint j = 0; j < width; j += V)
            {
                nint k = at + j;
                Vector<float> m = Vector.Load(mean + j), a = Vector.Load(scale + j), b = Vector.Load(shift + j);
                for (; k <= end - V; k += width)
                {
                    var v = Vector.FusedMultiplyAdd(Vector.Load(x + k) - m, a, b);
                    if (addend != null) v += Vector.Load(addend + k);
                    Vector.Store(Vector.ConditionalSelect(Vector.LessThan(v, least), least, v), y + k);
                }
                for (nint i = 0; k + i < end; i++)
                {
                    float v = MathF.FusedMultiplyAdd(x[k + i] - mean[j + i], scale[j + i], shift[j + i]);
                    if (addend != null) v += addend[k + i];
                    y[k + i] = v < floor ? floor : v;
                }
            }
        }
    }

    /// <summary>
    /// Let g = ∂L/∂y where v is above the floor, and 0 elsewhere. sum ← Σ g, product ← Σ g·(x − mean), and masked ← g unless masked is
    /// null. y is given if v had an addend. If y is null, v is computed again from x.
    /// </summary>
    public static void GradientSums(float* dy, float* x, float* y, float* masked, int length,
        int width, float* lines, float floor, float* sum, float* product)
    {
        float* mean = lines, scale = mean + width, shift = scale + width;
        var least = new Vector<float>(floor);
        for (nint at = 0; at < length; at += Group * width)
        {
            nint end = Math.Min(at + Group * width, length);
            for (nint j = 0; j < width; j += V)
            {
                nint k = at + j;
                Vector<float> m = Vector.Load(mean + j), a = Vector.Load(scale + j), b = Vector.Load(shift + j),
                    s = Vector.Load(sum + j), p = Vector.Load(product + j);
                for (; k <= end - V; k += width)
                {
                    var d = Vector.Load(x + k) - m;
                    var v = y != null ? Vector.Load(y + k) : Vector.FusedMultiplyAdd(d, a, b);
                    var g = Vector.ConditionalSelect(Vector.GreaterThan(v, least), Vector.Load(dy + k), Vector<float>.Zero);
                    if (masked != null) Vector.Store(g, masked + k);
                    s += g;
                    p = Vector.FusedMultiplyAdd(g, d, p);
                }
                Vector.Store(s, sum + j);
                Vector.Store(p, product + j);
                for (nint i = 0; k + i < end; i++)
                {
                    float d = x[k + i] - mean[j + i];
                    float v = y != null ? y[k + i] : MathF.FusedMultiplyAdd(d, scale[j + i], shift[j + i]);
                    float g = v > floor ? dy[k + i] : 0;
                    if (masked != null) masked[k + i] = g;
                    sum[j + i] += g;
                    product[j + i] = MathF.FusedMultiplyAdd(g, d, product[j + i]);
                }
            }
        }
    }

    /// <summary>dx ← scale·g + slope·(x − mean) + offset, with g as in <see cref="GradientSums"/> and v without an addend.</summary>
    public static void InputGradient(float* dy, float* x, float* dx, int length, int width, float* lines, float floor)
    {
        float* mean = lines, scale = mean + width, shift = scale + width, slope = shift + width, offset = slope + width;
        var least = new Vector<float>(floor);
        for (nint at = 0; at < length; at += Group * width)
        {
            nint end = Math.Min(at + Group * width, length);
            for (nint j = 0; j < width; j += V)
            {
                nint k = at + j;
                Vector<float> m = Vector.Load(mean + j), a = Vector.Load(scale + j), b = Vector.Load(shift + j),
                    s = Vector.Load(slope + j), o = Vector.Load(offset + j);
                for (; k <= end - V; k += width)
                {
                    var d = Vector.Load(x + k) - m;
                    var g = Vector.ConditionalSelect(Vector.GreaterThan(Vector.FusedMultiplyAdd(d, a, b), least),
                        Vector.Load(dy + k), Vector<float>.Zero);
                    Vector.Store(Vector.FusedMultiplyAdd(g, a, Vector.FusedMultiplyAdd(d, s, o)), dx + k);
                }
                for (nint i = 0; k + i < end; i++)
                {
                    float d = x[k + i] - mean[j + i];
                    float g = MathF.FusedMultiplyAdd(d, scale[j + i], shift[j + i]) > floor ? dy[k + i] : 0;
                    dx[k + i] = MathF.FusedMultiplyAdd(g, scale[j + i], MathF.FusedMultiplyAdd(d, slope[j + i], offset[j + i]));
                }
            }
        }
    }
}
