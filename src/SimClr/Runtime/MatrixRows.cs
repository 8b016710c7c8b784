using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>The rows of a matrix on the CPU, one by one. A span over the whole tensor could not exceed 2 GiB.</summary>
internal sealed class MatrixRows
{
    private readonly Tensor values; // keeps the memory alive
    private readonly nint first;
    private readonly int columns;

    /// <param name="values">(N, D) float32, contiguous, on the CPU; borrowed. It must live as long as rows are read.</param>
    public unsafe MatrixRows(Tensor values)
    {
        if (values.dtype != ScalarType.Float32 || values.dim() != 2 || values.numel() == 0
            || !values.is_contiguous() || values.device.type != TorchSharp.DeviceType.CPU)
            throw new ArgumentException($"Rows are read from a contiguous (N, D) Float32 on the CPU, " +
                $"not from ({string.Join(", ", values.shape)}) {values.dtype} on {values.device}.", nameof(values));
        (this.values, columns) = (values, checked((int)values.shape[1]));
        using var row = values.narrow(0, 0, 1);
        first = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(row.bytes));
    }

    /// <summary>N, the number of rows.</summary>
    public long Count => values.shape[0];

    /// <summary>The D numbers of a row; they may be overwritten.</summary>
    public unsafe Span<float> this[long row]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count);
            return new Span<float>((float*)first + row * columns, columns);
        }
    }

    /// <summary>Σ aᵢbᵢ in double precision. A row with itself gives the same bits in every call.</summary>
    public static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sums = Vector<double>.Zero;
        int i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(a[i..]), out var lowA, out var highA);
            Vector.Widen(new Vector<float>(b[i..]), out var lowB, out var highB);
            sums += lowA * lowB + highA * highB;
        }
        double sum = Vector.Sum(sums);
        for (; i < a.Length; i++) sum += (double)a[i] * b[i];
        return sum;
    }
}
