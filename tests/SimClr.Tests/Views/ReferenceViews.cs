using SimClr.Images;
using SimClr.Views;

namespace SimClr.Tests.Views;

/// <summary>The operations of the views by their definitions, in double precision, pixel by pixel.</summary>
internal static class ReferenceViews
{
    /// <summary>(3, S, S) as rendered, and as before solarisation, where a value at the threshold may fall on either side.</summary>
    public static (double[] View, double[] BeforeSolarizing) Render(DecodedImage image, ViewParameters view, ViewPolicy policy, Preprocessing preprocessing)
    {
        int size = preprocessing.ImageSize;
        byte[] pixels = image.Pixels.ToArray();
        var x = Resize((row, column, channel) => pixels[(row * image.Width + column) * 3 + channel] / 255.0, view.Crop, view.Flip, preprocessing.Interpolation, size);
        if (view.VerticalFlip) x = Moved(x, size, (row, column) => (size - 1 - row, column));
        for (int turn = 0; turn < view.QuarterTurns; turn++) x = Moved(x, size, (row, column) => (column, size - 1 - row));
        x = [.. x.Select(v => Math.Clamp(v, 0, 1))];
        if (view.Jitter is { } jitter)
            for (int position = 0; position < 4; position++) Jitter(x, jitter, jitter.Operation(position), policy.ContrastMean);
        if (view.Grayscale) Pixelwise(x, (r, g, b) => (Gray(r, g, b), Gray(r, g, b), Gray(r, g, b)));
        int kernel = size / 10 % 2 == 0 ? size / 10 + 1 : size / 10;
        if (view.BlurSigma > 0) x = Blur(x, size, size, Math.Max(3, kernel), view.BlurSigma, policy.BlurPadding);
        double[] before = [.. x];
        for (int i = 0; i < x.Length; i++)
        {
            int channel = i / (size * size);
            if (view.Solarize && x[i] >= policy.SolarizeThreshold) x[i] = 1 - x[i];
            if (preprocessing.Mean.Count > 0) x[i] -= preprocessing.Mean[channel];
            if (preprocessing.StandardDeviation.Count > 0) x[i] /= preprocessing.StandardDeviation[channel];
        }
        return (x, before);
    }

    /// <summary>Pillow's antialiased resampling of a crop, as a sum over all its pixels.</summary>
    public static double[] Resize(Func<int, int, int, double> pixel, CropBox crop, bool flip, Interpolation filter, int size)
    {
        double[] result = new double[3 * size * size];
        var down = Weights(crop.Height, size, filter);
        var along = Weights(crop.Width, size, filter);
        for (int i = 0; i < result.Length; i++)
        {
            int c = i / (size * size), y = i / size % size, x = flip ? size - 1 - i % size : i % size;
            foreach (var (row, v) in down[y])
                foreach (var (column, w) in along[x])
                    result[i] += v * w * pixel(crop.Top + row, crop.Left + column, c);
        }
        return result;
    }

    /// <summary>
    /// Planes whose pixel at (row, column) comes from <paramref name="from"/>. A quarter turn counter-clockwise moves the right edge to the
    /// top.
    /// </summary>
    public static double[] Moved(double[] x, int size, Func<int, int, (int Row, int Column)> from) =>
        [.. Enumerable.Range(0, x.Length).Select(i => from(i / size % size, i % size) is var (row, column) ? x[(i / (size * size) * size + row) * size + column] : 0)];

    private static (int, double)[][] Weights(int inputs, int outputs, Interpolation filter)
    {
        double scale = (double)inputs / outputs, stretch = Math.Max(1, scale);
        return [.. Enumerable.Range(0, outputs).Select(output =>
        {
            var reached = Enumerable.Range(0, inputs).Select(j => (j, w: Filter(filter, (j + 0.5 - (output + 0.5) * scale) / stretch))).Where(t => t.w != 0).ToArray();
            double total = reached.Sum(t => t.w);
            return reached.Select(t => (t.j, t.w / total)).ToArray();
        })];
    }

    private static double Filter(Interpolation filter, double x)
    {
        x = Math.Abs(x);
        if (filter == Interpolation.Bilinear) return x < 1 ? 1 - x : 0;
        return x < 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
    }

    private static void Jitter(double[] x, ColorJitter jitter, int operation, ContrastMean around)
    {
        int n = x.Length / 3;
        double Channel(int c) => x.AsSpan(c * n, n).ToArray().Average();
        double f = jitter.Contrast, s = jitter.Saturation;
        double gray = Gray(Channel(0), Channel(1), Channel(2));
        double[] mean = around == ContrastMean.Gray ? [gray, gray, gray] : [Channel(0), Channel(1), Channel(2)];
        switch (operation)
        {
            case 0: Pixelwise(x, (r, g, b) => (r * jitter.Brightness, g * jitter.Brightness, b * jitter.Brightness)); break;
            case 1: Pixelwise(x, (r, g, b) => (mean[0] + (r - mean[0]) * f, mean[1] + (g - mean[1]) * f, mean[2] + (b - mean[2]) * f)); break;
            case 2: Pixelwise(x, (r, g, b) => (Gray(r, g, b) * (1 - s) + r * s, Gray(r, g, b) * (1 - s) + g * s, Gray(r, g, b) * (1 - s) + b * s)); break;
            default: Pixelwise(x, (r, g, b) => Hue(r, g, b, jitter.Hue)); break;
        }
    }

    private static double Gray(double r, double g, double b) => 0.2989 * r + 0.587 * g + 0.114 * b;

    private static void Pixelwise(double[] x, Func<double, double, double, (double R, double G, double B)> change)
    {
        int n = x.Length / 3;
        for (int i = 0; i < n; i++)
        {
            var (r, g, b) = change(x[i], x[n + i], x[2 * n + i]);
            (x[i], x[n + i], x[2 * n + i]) = (Math.Clamp(r, 0, 1), Math.Clamp(g, 0, 1), Math.Clamp(b, 0, 1));
        }
    }

    /// <summary>The textbook conversion to HSV and back.</summary>
    public static (double R, double G, double B) Hue(double r, double g, double b, double shift)
    {
        double v = Math.Max(r, Math.Max(g, b)), c = v - Math.Min(r, Math.Min(g, b)), s = v == 0 ? 0 : c / v;
        double h = c == 0 ? 0 : v == r ? (g - b) / c : v == g ? 2 + (b - r) / c : 4 + (r - g) / c;
        h = (h / 6 + shift + 2) % 1 * 6;
        double f = h - Math.Floor(h), p = v * (1 - s), q = v * (1 - s * f), t = v * (1 - s * (1 - f));
        return ((int)h % 6) switch { 0 => (v, t, p), 1 => (q, v, p), 2 => (p, v, t), 3 => (p, q, v), 4 => (t, p, v), _ => (v, p, q) };
    }

    /// <summary>Every plane, convolved with the whole square kernel.</summary>
    public static double[] Blur(double[] x, int width, int height, int kernel, double sigma, BlurPadding padding)
    {
        int radius = kernel / 2;
        double[] w = [.. Enumerable.Range(-radius, kernel).Select(d => Math.Exp(-d * d / (2 * sigma * sigma)))];
        double total = w.Sum() * w.Sum();
        double[] result = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int plane = i / (width * height), row = i / width % height, column = i % width;
            for (int dy = 0; dy < kernel; dy++)
            {
                for (int dx = 0; dx < kernel; dx++)
                {
                    int yy = row + dy - radius, xx = column + dx - radius;
                    bool inside = yy >= 0 && yy < height && xx >= 0 && xx < width;
                    if (!inside && padding == BlurPadding.Zero) continue;
                    yy = yy < 0 ? -yy : yy >= height ? 2 * height - 2 - yy : yy;
                    xx = xx < 0 ? -xx : xx >= width ? 2 * width - 2 - xx : xx;
                    result[i] += w[dy] * w[dx] / total * x[(plane * height + yy) * width + xx];
                }
            }
        }
        return result;
    }
}
