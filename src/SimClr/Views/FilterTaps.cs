namespace SimClr.Views;

/// <summary>
/// The weights of a one-dimensional antialiased resampling: for every output the first input and the weights of the
/// inputs from there on, which sum to a given factor. The definition is Pillow's and torchvision's (inputs and outputs
/// are cells of a line, the filter is stretched by the scale where the line shrinks, and inputs beyond the ends are left
/// out). Memory is kept between calls.
/// </summary>
internal sealed class FilterTaps
{
    private int[] first = [], count = [];
    private float[] weights = [];
    private int stride;

    /// <summary>The first input of an output.</summary>
    public int First(int output) => first[output];

    /// <summary>The weights of the inputs from <see cref="First"/> on.</summary>
    public ReadOnlySpan<float> Weights(int output) => weights.AsSpan(output * stride, count[output]);

    /// <summary>Computes the weights anew.</summary>
    /// <param name="inputs">Length of the line, at least 1.</param>
    /// <param name="outputs">Length it gets, at least 1.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="sum">What the weights of an output sum to.</param>
    public void Compute(int inputs, int outputs, Interpolation filter, double sum)
    {
        double scale = (double)inputs / outputs, stretch = Math.Max(scale, 1);
        double support = (filter == Interpolation.Bicubic ? 2 : 1) * stretch;
        stride = (int)Math.Ceiling(support) * 2 + 1;
        if (first.Length < outputs) (first, count) = (new int[outputs], new int[outputs]);
        if (weights.Length < outputs * stride) weights = new float[outputs * stride];

        Span<double> w = stride <= 256 ? stackalloc double[stride] : new double[stride];
        for (int output = 0; output < outputs; output++)
        {
            double center = scale * (output + 0.5);
            int low = Math.Max((int)(center - support + 0.5), 0), high = Math.Min((int)(center + support + 0.5), inputs);
            double total = 0;
            for (int j = low; j < high; j++)
                total += w[j - low] = Filter(filter, (j - center + 0.5) / stretch);

            // Weights at the ends that vanish cost time and change nothing: 1 → 1 resizing has one tap, not two.
            int last = high - low;
            while (last > 1 && w[last - 1] == 0) last--;
            int skip = 0;
            while (skip < last - 1 && w[skip] == 0) skip++;

            first[output] = low + skip;
            count[output] = last - skip;
            for (int j = skip; j < last; j++)
                weights[output * stride + j - skip] = (float)(w[j] / total * sum);
        }
    }

    private static double Filter(Interpolation filter, double x)
    {
        x = Math.Abs(x);
        if (filter == Interpolation.Bilinear) return Math.Max(0, 1 - x);
        const double A = -0.5;
        return x < 1 ? ((A + 2) * x - (A + 3)) * x * x + 1
             : x < 2 ? ((x - 5) * x + 8) * x * A - 4 * A
             : 0;
    }
}
