using SimClr.Views;

namespace SimClr.Cli.Benchmarks;

/// <summary>The least cost of one view: the two passes of the resize over the crop, and every colour operation and blur that was drawn for it.</summary>
internal static class ViewWork
{
    // Flops of a pixel, three channels, with the clips; see Views/ColorOperations.cs.
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

    // Separable, in the cheaper order; the bilinear filter reaches one cell of the coarser grid to either side.
    private static double Resize(double width, double height, double size)
    {
        double across = 2 * Math.Max(1, width / size), down = 2 * Math.Max(1, height / size);
        double columnsFirst = size * width * down + size * size * across, rowsFirst = height * size * across + size * size * down;
        return 3 * 2 * Math.Min(columnsFirst, rowsFirst);
    }

    // The kernel is a tenth of the side (Appendix A); beyond four σ a weight is below 1/2000 of the middle one.
    private static double Taps(int size, double sigma) => Math.Min(Math.Max(3, size / 10 | 1), 1 + 2 * Math.Floor(4 * sigma));
}
