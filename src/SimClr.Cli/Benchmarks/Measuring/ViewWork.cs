using SimClr.Views;

namespace SimClr.Cli.Benchmarks;

/// <summary>
/// The least cost of one view: the two passes of the resize over the crop, and every colour operation and blur of its parameters.
/// </summary>
internal static class ViewWork
{
    // Flops per pixel for three channels, including the clipping; see Views/ColorOperations.cs.
    private const double Brightness = 12, Contrast = 18, Saturation = 18, Hue = 50, Gray = 6;

    /// <param name="view">The view's parameters.</param>
    /// <param name="size">S.</param>
    public static Work Of(in ViewParameters view, int size)
    {
        double pixels = (double)size * size;
        double flops = Resize(view.Crop.Width, view.Crop.Height, size);
        if (view.Jitter is not null) flops += pixels * (Brightness + Contrast + Saturation + Hue);
        if (view.Grayscale) flops += pixels * Gray;
        if (view.BlurSigma > 0) flops += pixels * 3 * 2 * 2 * Taps(size, view.BlurSigma);
        return new Work(flops, 3.0 * view.Crop.Width * view.Crop.Height + 3 * sizeof(float) * pixels);
    }

    // The resize is separable and runs in the cheaper order. The bilinear filter covers one cell of the coarser grid on each side.
    private static double Resize(double width, double height, double size)
    {
        double across = 2 * Math.Max(1, width / size), down = 2 * Math.Max(1, height / size);
        double columnsFirst = size * width * down + size * size * across, rowsFirst = height * size * across + size * size * down;
        return 3 * 2 * Math.Min(columnsFirst, rowsFirst);
    }

    // The kernel is a tenth of the side (Appendix A). Beyond four σ a weight is less than 1/2000 of the middle one.
    private static double Taps(int size, double sigma) => Math.Min(Math.Max(3, size / 10 | 1), 1 + 2 * Math.Floor(4 * sigma));
}
