using SimClr.Images;

namespace SimClr.Views;

/// <summary>
/// The weights of one-dimensional antialiased resampling. Each output has a first input and the weights of the inputs from there on. All
/// outputs have the same number of weights; their sum is a given factor. The definition is Pillow's and torchvision's: inputs and outputs
/// are cells of a line, the filter is stretched by the scale when the line shrinks, and inputs beyond the ends are left out. Memory is kept
/// between calls.
/// </summary>
internal sealed class FilterTaps
{
    private int[] first = [];
    private float[] weights = [];
    private double[] exact = [];

    /// <summary>Inputs per output. Inputs that the filter does not reach have weight 0.</summary>
    public int Count { get; private set; }

    /// <summary>The first input of an output; never below that of the output before it.</summary>
    public int First(int output) => first[output];

    /// <summary>The weights of the <see cref="Count"/> inputs from <see cref="First"/> on.</summary>
    public ReadOnlySpan<float> Weights(int output) => weights.AsSpan(output * Count, Count);

    /// <summary>Computes the weights.</summary>
    /// <param name="inputs">Length of the line, at least 1.</param>
    /// <param name="outputs">Length after resampling, at least 1.</param>
    /// <param name="padding">Additional outputs with weights of 0.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="sum">The sum of the weights of an output.</param>
    public void Compute(int inputs, int outputs, int padding, Interpolation filter, double sum)
    {
        double scale = (double)inputs / outputs, stretch = Math.Max(scale, 1), shrink = 1 / stretch;
        double support = (filter == Interpolation.Bicubic ? 2 : 1) * stretch;
        // The largest number of cell centres in the open interval center ± support.
        Count = Math.Min((int)Math.Ceiling(2 * support), inputs);
        Reserve(outputs + padding);
        Span<double> taps = exact.AsSpan(0, Count);
        for (int output = 0; output < outputs; output++)
        {
            double center = scale * (output + 0.5), total = 0;
            int low = Math.Clamp(double.ConvertToIntegerNative<int>(center - support + 0.5), 0, inputs - Count);
            double x = (low + 0.5 - center) * shrink;
            for (int k = 0; k < taps.Length; k++, x += shrink)
                total += taps[k] = Filter(filter, x);

            double factor = sum / total;
            var rounded = weights.AsSpan(output * Count, taps.Length);
            for (int k = 0; k < rounded.Length; k++) rounded[k] = (float)(taps[k] * factor);
            first[output] = low;
        }
        first.AsSpan(outputs, padding).Fill(first[outputs - 1]);
        weights.AsSpan(outputs * Count, padding * Count).Clear();
    }

    private void Reserve(int outputs)
    {
        if (first.Length < outputs) first = new int[outputs];
        if (weights.Length < outputs * Count) weights = new float[outputs * Count];
        if (exact.Length < Count) exact = new double[Count];
    }

    private static double Filter(Interpolation filter, double x)
    {
        x = Math.Abs(x);
        if (filter == Interpolation.Bilinear) return double.MaxNative(0, 1 - x);
        const double A = -0.5;
        return x < 1 ? ((A + 2) * x - (A + 3)) * x * x + 1
             : x < 2 ? ((x - 5) * x + 8) * x * A - 4 * A
             : 0;
    }
}
