using System.Text.Json;
using SimClr.Views;

namespace SimClr.Tests.Views;

public sealed class ImageOperationsTests
{
    private const string Goldens = "Views/Goldens/image_ops.json";

    [Theory]
    [InlineData("brightness")]
    [InlineData("contrast")]
    [InlineData("saturation")]
    [InlineData("hue")]
    [InlineData("grayscale")]
    [InlineData("gaussian_blur")]
    [InlineData("hflip")]
    [InlineData("resized_crop")]
    public void Every_operation_is_torchvisions(string operation)
    {
        var cases = Golden.Cases(Goldens).Where(c => c.GetProperty("op").GetString() == operation).ToList();
        cases.ShouldNotBeEmpty();
        foreach (var c in cases)
        {
            float[] actual = Apply(c, Planes(c, "input")), expected = Planes(c, "output");
            actual.Length.ShouldBe(expected.Length);
            // The cubic filter's golden is unclipped; so is the resampler, and the renderer clips after it.
            for (int i = 0; i < expected.Length; i++)
                Math.Abs(actual[i] - expected[i]).ShouldBeLessThan(1e-5f, $"{operation} {c} at {i}");
        }
    }

    [Fact]
    public void Channelwise_contrast_is_TensorFlows_formula()
    {
        float[] x = Noise(3 * 37, 1);
        float[] actual = [.. x];
        ColorOperations.Contrast(actual, 1.6f, ContrastMean.Channel);
        for (int c = 0; c < 3; c++)
        {
            double mean = x.Skip(c * 37).Take(37).Average();
            for (int i = c * 37; i < (c + 1) * 37; i++)
                actual[i].ShouldBe((float)Math.Clamp(mean + (x[i] - mean) * 1.6f, 0, 1), 1e-6f);
        }
    }

    [Fact]
    public void Solarising_inverts_from_the_threshold_upwards()
    {
        float[] x = [0, 0.4999f, 0.5f, 1];
        ColorOperations.Solarize(x, 0.5f);
        x.ShouldBe([0, 0.4999f, 0.5f, 0]);
    }

    [Theory]
    [InlineData(5, 3)]
    [InlineData(21, 2)]
    [InlineData(40, 33)]
    public void Hue_agrees_with_the_textbook_conversion_at_every_length(int width, int height)
    {
        int n = width * height;
        float[] x = Noise(3 * n, 7);
        x[0] = x[n] = x[2 * n] = 0.3f; // a gray pixel has no hue
        foreach (float shift in (float[])[-0.5f, -0.13f, 0, 0.2f, 0.5f])
        {
            float[] actual = [.. x];
            ColorOperations.Hue(actual, shift);
            for (int i = 0; i < n; i++)
            {
                var (r, g, b) = TextbookHue(x[i], x[n + i], x[2 * n + i], shift);
                actual[i].ShouldBe((float)r, 2e-6f);
                actual[n + i].ShouldBe((float)g, 2e-6f);
                actual[2 * n + i].ShouldBe((float)b, 2e-6f);
            }
        }
    }

    [Theory]
    [InlineData(8, 0.1)]
    [InlineData(33, 1.1)]
    [InlineData(96, 2.0)]
    public void Blur_agrees_with_the_double_sum_under_both_paddings(int size, double sigma)
    {
        int kernel = GaussianBlur.KernelSize(size);
        float[] x = Noise(3 * size * size, 3);
        foreach (var padding in Enum.GetValues<BlurPadding>())
        {
            float[] actual = [.. x];
            new GaussianBlur().Apply(actual, size, size, kernel, (float)sigma, padding);
            foreach (int at in (int[])[0, size - 1, size * size - 1, size * (size / 2) + 1, size * size + size / 3, 3 * size * size - size])
                actual[at].ShouldBe((float)BlurredAt(x, at, size, kernel, sigma, padding), 2e-6f);
        }
    }

    [Fact]
    public void The_blur_of_224_pixels_has_23_taps_and_of_32_three()
    {
        GaussianBlur.KernelSize(224).ShouldBe(23);
        GaussianBlur.KernelSize(96).ShouldBe(9);
        GaussianBlur.KernelSize(32).ShouldBe(3);
    }

    [Fact]
    public void A_crop_of_the_views_own_size_is_copied_exactly()
    {
        byte[] pixels = [.. Enumerable.Range(0, 3 * 20 * 18).Select(i => (byte)(i * 37))];
        float[] planes = new float[3 * 8 * 8];
        new Resampler().Resize<byte>(pixels, 20, new CropBox(5, 6, 8, 8), flip: false, Interpolation.Bilinear, planes, 8);
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < 8; y++)
                for (int x = 0; x < 8; x++)
                    planes[(c * 8 + y) * 8 + x].ShouldBe(pixels[((y + 6) * 20 + x + 5) * 3 + c] / 255f, 1e-7f);
    }

    private static float[] Apply(JsonElement c, float[] planes)
    {
        string operation = c.GetProperty("op").GetString()!;
        int height = c.GetProperty("input")[0].GetArrayLength(), width = c.GetProperty("input")[0][0].GetArrayLength();
        float Factor() => (float)c.Number("factor");
        switch (operation)
        {
            case "brightness": ColorOperations.Brightness(planes, Factor()); return planes;
            case "contrast": ColorOperations.Contrast(planes, Factor(), ContrastMean.Gray); return planes;
            case "saturation": ColorOperations.Saturation(planes, Factor()); return planes;
            case "hue": ColorOperations.Hue(planes, Factor()); return planes;
            case "grayscale": ColorOperations.Grayscale(planes); return planes;
            case "gaussian_blur":
                new GaussianBlur().Apply(planes, width, height, c.GetProperty("kernel").GetInt32(), (float)c.Number("sigma"), BlurPadding.Reflect);
                return planes;
            case "hflip": return Flip(planes, width, height);
            default:
                int size = c.GetProperty("size").GetInt32();
                var crop = new CropBox(c.GetProperty("left").GetInt32(), c.GetProperty("top").GetInt32(), c.GetProperty("width").GetInt32(), c.GetProperty("height").GetInt32());
                var filter = Enum.Parse<Interpolation>(c.GetProperty("interpolation").GetString()!, ignoreCase: true);
                float[] result = new float[3 * size * size];
                new Resampler().Resize<float>(Interleave(planes, width * height), width, crop, flip: false, filter, result, size);
                return result;
        }
    }

    // The resampler makes squares: each row of a flipped image is a square crop of a one-row-high image stretched over equal rows.
    private static float[] Flip(float[] planes, int width, int height)
    {
        float[] flipped = new float[planes.Length], square = new float[3 * width * width], row = new float[3 * width];
        for (int y = 0; y < height; y++)
        {
            for (int i = 0; i < row.Length; i++) row[i] = planes[(i % 3 * height + y) * width + i / 3];
            new Resampler().Resize<float>(row, width, new CropBox(0, 0, width, 1), flip: true, Interpolation.Bilinear, square, width);
            for (int c = 0; c < 3; c++) square.AsSpan(c * width * width, width).CopyTo(flipped.AsSpan((c * height + y) * width));
        }
        return flipped;
    }

    private static float[] Interleave(float[] planes, int n) =>
        [.. Enumerable.Range(0, planes.Length).Select(i => planes[i % 3 * n + i / 3])];

    private static float[] Planes(JsonElement c, string name) => [.. Golden.Flatten(c.GetProperty(name)).Select(v => (float)v)];

    private static float[] Noise(int count, long seed)
    {
        var random = CounterRandom.For(seed, 99, 0);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble())];
    }

    private static (double R, double G, double B) TextbookHue(double r, double g, double b, double shift)
    {
        double v = Math.Max(r, Math.Max(g, b)), c = v - Math.Min(r, Math.Min(g, b)), s = v == 0 ? 0 : c / v;
        double h = c == 0 ? 0 : v == r ? (g - b) / c : v == g ? 2 + (b - r) / c : 4 + (r - g) / c;
        h = (h / 6 + shift + 2) % 1 * 6;
        double f = h - Math.Floor(h), p = v * (1 - s), q = v * (1 - s * f), t = v * (1 - s * (1 - f));
        return ((int)h % 6) switch { 0 => (v, t, p), 1 => (q, v, p), 2 => (p, v, t), 3 => (p, q, v), 4 => (t, p, v), _ => (v, p, q) };
    }

    private static double BlurredAt(float[] x, int at, int size, int kernel, double sigma, BlurPadding padding)
    {
        int plane = at / (size * size), row = at / size % size, column = at % size, radius = kernel / 2;
        double sum = 0, total = 0;
        for (int dy = -radius; dy <= radius; dy++)
        {
            for (int dx = -radius; dx <= radius; dx++)
            {
                double w = Math.Exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
                total += w;
                int yy = row + dy, xx = column + dx;
                bool inside = yy >= 0 && yy < size && xx >= 0 && xx < size;
                if (!inside && padding == BlurPadding.Zero) continue;
                yy = yy < 0 ? -yy : yy >= size ? 2 * size - 2 - yy : yy;
                xx = xx < 0 ? -xx : xx >= size ? 2 * size - 2 - xx : xx;
                sum += w * x[(plane * size + yy) * size + xx];
            }
        }
        return sum / total;
    }
}
