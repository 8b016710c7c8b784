using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>Cosines between rows, one block of rows at a time: at most 64 MiB of cosines.</summary>
internal static class CosineBlocks
{
    private const long Elements = 1 << 24;

    /// <summary>Divides rows into blocks.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of float32 values per row in a block, at least 1.</param>
    /// <param name="first">The first block.</param>
    /// <param name="step">The distance to the next block: the number of ranks that take turns.</param>
    public static IEnumerable<(long Start, long Count)> Of(long rows, long columns, int first = 0, int step = 1)
    {
        long block = Math.Max(1, Elements / columns);
        for (long start = first * block; start < rows; start += step * block) yield return (start, Math.Min(block, rows - start));
    }

    /// <summary>
    /// (A, B): the cosines of (A, D) with (B, D), both from <see cref="UnitRows"/>. They are clamped to [−1, 1], which rounding can exceed.
    /// </summary>
    public static Tensor Cosines(Tensor unitRows, Tensor others)
    {
        using var scope = NewDisposeScope();
        return unitRows.mm(others.t()).clamp_(-1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>x / ‖x‖ per row; 0 if x is 0. Dividing by the largest magnitude first keeps the squares in float32's range.</summary>
    public static Tensor UnitRows(Tensor values)
    {
        using var scope = NewDisposeScope();
        var greatest = maximum(values.amax([1], keepdim: true), -values.amin([1], keepdim: true));      // (B, 1)
        var scaled = values / where(greatest == 0, ones_like(greatest), greatest);
        var length = scaled.norm(1, keepdim: true, p: 2);
        return scaled.div_(length.clamp_min_(1)).MoveToOuterDisposeScope(); // a scaled row is 0 or at least 1 long
    }
}
