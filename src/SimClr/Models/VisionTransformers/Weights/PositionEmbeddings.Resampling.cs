using static TorchSharp.torch;

namespace SimClr.Models;

public static partial class PositionEmbeddings
{
    private const double Sharp = -0.75, Keys = -0.5; // a of the cubic filter: PyTorch's interpolation without and with antialiasing

    /// <summary>
    /// Resamples learned positions to another grid of patches, as a program does it that loads them for another image size. Differentiable.
    /// </summary>
    /// <param name="positions">
    /// (1, E + from², D), floating: E tokens without a place (the class token), then the patches row by row; borrowed.
    /// </param>
    /// <param name="from">The patches per row and per column, at least 1.</param>
    /// <param name="to">Those of the result, at least 1.</param>
    /// <param name="rule">Where samples are taken, and by which filter.</param>
    /// <returns>(1, E + to², D) of the same dtype and device; the E tokens are unchanged. Owned by the caller.</returns>
    /// <exception cref="ArgumentException">The tensor has another shape.</exception>
    public static Tensor Resample(Tensor positions, int from, int to, PositionResampling rule)
    {
        ArgumentNullException.ThrowIfNull(positions);
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, 1);
        if (positions.shape is not [1, var tokens, _] || tokens < (long)from * from)
            throw new ArgumentException($"Positions of {from} × {from} patches are (1, at least {from * from}, D), " +
                $"not ({string.Join(", ", positions.shape)}).", nameof(positions));
        if (from == to) return positions.alias();
        using var scope = NewDisposeScope();
        long extra = tokens - from * from;
        var filter = tensor(Filter(from, to, rule), [to, from]).to(positions.device);                            // float64
        var grid = positions.narrow(1, extra, from * from).to(ScalarType.Float64).reshape(from, from, -1);       // (from, from, D)
        grid = matmul(filter, matmul(filter, grid.flatten(1)).reshape(to, from, -1));                            // (to, to, D)
        return cat([positions.narrow(1, 0, extra), grid.flatten(0, 1).unsqueeze(0).to(positions.dtype)], 1).MoveToOuterDisposeScope();
    }

    // The weights (to, from) of a row's values in a row of the result: the filter is separable.
    private static double[] Filter(int from, int to, PositionResampling rule)
    {
        double[] weights = new double[to * from];
        double scale = rule switch
        {
            PositionResampling.Torchvision => to > 1 ? (from - 1.0) / (to - 1) : 0,
            PositionResampling.DinoV2 => from / (to + 0.1),
            _ => (double)from / to,
        };
        for (int i = 0; i < to; i++)
        {
            var row = weights.AsSpan(i * from, from);
            if (rule == PositionResampling.Timm) Antialiased(row, scale * (i + 0.5), Math.Max(1, scale));
            else Interpolated(row, rule == PositionResampling.Torchvision ? scale * i : scale * (i + 0.5) - 0.5);
        }
        return weights;
    }

    // Four neighbours; those beyond the border are the border's value.
    private static void Interpolated(Span<double> row, double place)
    {
        int first = (int)Math.Floor(place);
        for (int k = first - 1; k <= first + 2; k++) row[Math.Clamp(k, 0, row.Length - 1)] += Cubic(place - k, Sharp);
    }

    // Where the grid shrinks, the filter is as much wider; its weights within the grid are scaled to the sum 1.
    private static void Antialiased(Span<double> row, double centre, double width)
    {
        double sum = 0;
        int first = Math.Max(0, (int)(centre - 2 * width + 0.5)), end = Math.Min(row.Length, (int)(centre + 2 * width + 0.5));
        for (int k = first; k < end; k++) sum += row[k] = Cubic((k + 0.5 - centre) / width, Keys);
        for (int k = first; k < end; k++) row[k] /= sum;
    }

    private static double Cubic(double x, double a) => Math.Abs(x) switch
    {
        < 1 and var d => ((a + 2) * d - (a + 3)) * d * d + 1,
        < 2 and var d => ((d - 5) * d + 8) * d * a - 4 * a,
        _ => 0,
    };
}
