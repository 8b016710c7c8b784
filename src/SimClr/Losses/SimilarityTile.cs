using System.Runtime.Intrinsics;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>A tile of cosines, for one thread. A matrix product fills it, then every element passes through the registers once.</summary>
internal sealed unsafe class SimilarityTile : IDisposable
{
    /// <summary>Floats in a vector. An array that is read by vectors has this much padding after its last row.</summary>
    public const int Lanes = 16;

    private readonly Tensor cosines;
    private readonly int stride;
    private readonly float* memory;
    private readonly float scale; // from a cosine to log₂ exp S
    private readonly float rounding; // rounding error of a cosine
    private readonly bool decoupled;
    private readonly float[] columnSum, columnWeighted;
    private readonly int[] columnReaching;

    /// <summary>Creates a tile.</summary>
    /// <param name="block">The largest number of rows and of columns.</param>
    /// <param name="temperature">τ.</param>
    /// <param name="rounding">The largest difference that rounding makes between equal cosines.</param>
    /// <param name="decoupled">Whether the sums leave out the positive.</param>
    public SimilarityTile(int block, double temperature, double rounding, bool decoupled)
    {
        stride = block; // a multiple of Lanes
        cosines = empty(block, block);
        memory = TorchCpu.Floats(cosines);
        (scale, this.rounding, this.decoupled) = ((float)(1 / (temperature * Math.Log(2))), (float)rounding, decoupled);
        (columnSum, columnWeighted, columnReaching) = (new float[block], new float[block], new int[block]);
    }

    /// <summary>
    /// First pass: adds to the sums of the rows and finds the positives. For two different blocks it also serves the mirrored tile, if the
    /// rows of that tile are anchors.
    /// </summary>
    public void AddSums(RowBlock one, RowBlock other, SimilarityRows rows)
    {
        using var _ = Fill(one, other);
        Array.Clear(columnSum);
        Array.Clear(columnWeighted);
        for (int i = 0; i < one.Count; i++)
        {
            float* row = memory + i * stride;
            if (PositiveOf(one.Start + i, other, rows) is >= 0 and var positive)
            {
                rows.Positive[one.Start + i] = rows.Positive[other.Start + positive] = row[positive];
                rows.Level[one.Start + i] = rows.Level[other.Start + positive] = row[positive] - rounding;
                if (decoupled) row[positive] = float.NegativeInfinity;
            }
            Vector512<float> sum = default, weighted = default;
            for (int j = 0; j < other.Count; j += Lanes)
            {
                var log = Log2(Vector512.Load(row + j));
                var e = Exp2(log);
                sum += e;
                weighted += e * log;
                (Vector512.LoadUnsafe(ref columnSum[j]) + e).StoreUnsafe(ref columnSum[j]);
                (Vector512.LoadUnsafe(ref columnWeighted[j]) + e * log).StoreUnsafe(ref columnWeighted[j]);
            }
            Add(rows, one.Start + i, Vector512.Sum(sum), Vector512.Sum(weighted));
        }
        if (!IsMirrored(one, other)) return;
        for (int j = 0; j < other.Count; j++) Add(rows, other.Start + j, columnSum[j], columnWeighted[j]);
    }

    /// <summary>
    /// Second pass: adds this tile's part of (P + Pᵀ − 2Π) u to the gradients of the blocks, and counts the candidates that are as near as
    /// the positive.
    /// </summary>
    public void AddGradient(RowBlock one, RowBlock other, SimilarityRows rows)
    {
        using var w = Fill(one, other);
        Array.Clear(columnReaching);
        for (int i = 0; i < one.Count; i++)
        {
            float* row = memory + i * stride;
            Vector512<float> inverse = Vector512.Create(rows.Inverse[one.Start + i]), level = Vector512.Create(rows.Level[one.Start + i]);
            var reaching = Vector512<int>.Zero;
            for (int j = 0; j < other.Count; j += Lanes)
            {
                var cosine = Vector512.Load(row + j);
                (Exp2(Log2(cosine)) * (inverse + Vector512.LoadUnsafe(ref rows.Inverse[other.Start + j]))).Store(row + j);
                reaching -= Vector512.GreaterThanOrEqual(cosine, level).AsInt32();
                var reaches = Vector512.GreaterThanOrEqual(cosine, Vector512.LoadUnsafe(ref rows.Level[other.Start + j])).AsInt32();
                (Vector512.LoadUnsafe(ref columnReaching[j]) - reaches).StoreUnsafe(ref columnReaching[j]);
            }
            rows.Reaching[one.Start + i] += Vector512.Sum(reaching);
            if (PositiveOf(one.Start + i, other, rows) is >= 0 and var p) row[p] = decoupled ? -2 : row[p] - 2;
        }
        one.Gradient!.addmm_(w, other.U);
        if (!IsMirrored(one, other)) return;
        for (int j = 0; j < other.Count; j++) rows.Reaching[other.Start + j] += columnReaching[j];
        using var mirrored = w.t();
        other.Gradient!.addmm_(mirrored, one.U);
    }

    private static bool IsMirrored(RowBlock one, RowBlock other) => one != other && other.Gradient is not null;

    private static void Add(SimilarityRows rows, int row, double sum, double weightedLog2)
    {
        rows.Sum[row] += sum;
        rows.WeightedLog[row] += weightedLog2 * Math.Log(2);
    }

    // The column of the positive of row i in this tile. Outside [0, count): the positive is in another tile.
    private static int PositiveOf(int row, RowBlock columns, SimilarityRows rows)
    {
        int positive = (row + rows.Sum.Length / 2) % rows.Sum.Length - columns.Start;
        return positive < columns.Count ? positive : -1;
    }

    // (R, C) cosines. −∞ for the anchor itself and for the lanes after the last column, which are not candidates.
    private Tensor Fill(RowBlock one, RowBlock other)
    {
        var part = cosines.as_strided([one.Count, other.Count], [stride, 1]);
        part.addmm_(one.U, other.Transposed, beta: 0, alpha: 1);
        int rest = -other.Count & (Lanes - 1);
        for (int i = 0; i < one.Count; i++)
        {
            if (rest > 0) new Span<float>(memory + i * stride + other.Count, rest).Fill(float.NegativeInfinity);
            if (one == other) memory[i * stride + i] = float.NegativeInfinity;
        }
        return part;
    }

    // log₂ E, at least −127.
    private Vector512<float> Log2(Vector512<float> cosine)
    {
        var k = Vector512.Create(scale);
        return Vector512.Max(Vector512.FusedMultiplyAdd(cosine, k, -k), Vector512.Create(-127f));
    }

    // 2ˣ for x in [−127, 1), within 2 ulp; 0 below −126.5. The polynomial on [−½, ½] is the one of exp2f in the Cephes library (S.
    // Moshier).
    internal static Vector512<float> Exp2(Vector512<float> x)
    {
        var shift = Vector512.Create(12582912f); // 1.5 · 2²³: the last bits of the sum are x, rounded to an integer
        var shifted = x + shift;
        var f = x - (shifted - shift);
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(1.535336188319500e-4f), f, Vector512.Create(1.339887440266574e-3f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(9.618437357674640e-3f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(5.550332471162809e-2f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(2.402264791363012e-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(6.931472028550421e-1f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512<float>.One);
        return p * (Vector512.ShiftLeft(shifted.AsInt32(), 23) + Vector512.Create(0x3F800000)).AsSingle();
    }

    public void Dispose() => cosines.Dispose();
}
