using System.Text.Json;
using SimClr.Images;
using SimClr.Randomness;
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
            float[] expected = Planes(c, "output");
            foreach (var apply in (Func<JsonElement, float[], float[]>[])[Apply<Floats4>, Apply<Floats8>, Apply<Floats16>])
            {
                float[] actual = apply(c, Planes(c, "input"));
                actual.Length.ShouldBe(expected.Length);
                // The golden values of the cubic filter are not clipped. Neither is the resampler; the renderer clips after it.
                for (int i = 0; i < expected.Length; i++)
                    Math.Abs(actual[i] - expected[i]).ShouldBeLessThan(1e-5f, $"{operation} {c} at {i}");
            }
        }
    }

    [Fact]
    public void Channelwise_contrast_equals_TensorFlows_formula()
    {
        float[] x = Noise(3 * 37, 1);
        float[] actual = Contrast<Floats8>([.. x], 37, 1.6f, ContrastMean.Channel);
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
        float[] x = [0, 0.4999f, 0.5f, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        Changed<Floats4>(x, 4, pixels => ColorOperations<Floats4>.Solarize(pixels, 0.5f)).AsSpan(0, 4).ToArray().ShouldBe([0, 0.4999f, 0.5f, 0]);
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
            float[] actual = Changed<Floats16>(x, n, pixels => ColorOperations<Floats16>.Hue(pixels, shift));
            for (int i = 0; i < n; i++)
            {
                var (r, g, b) = ReferenceViews.Hue(x[i], x[n + i], x[2 * n + i], shift);
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
        int kernel = GaussianBlur<Floats16>.KernelSize(size);
        float[] x = Noise(3 * size * size, 3);
        foreach (var padding in Enum.GetValues<BlurPadding>())
        {
            float[] actual = Blurred<Floats16>(x, size, size, kernel, (float)sigma, padding);
            double[] expected = ReferenceViews.Blur([.. x.Select(v => (double)v)], size, size, kernel, sigma, padding);
            for (int i = 0; i < x.Length; i++) Math.Abs(actual[i] - expected[i]).ShouldBeLessThan(2e-6);
        }
    }

    [Fact]
    public void The_blur_of_224_pixels_has_23_taps_and_of_32_three()
    {
        GaussianBlur<Floats16>.KernelSize(224).ShouldBe(23);
        GaussianBlur<Floats16>.KernelSize(96).ShouldBe(9);
        GaussianBlur<Floats16>.KernelSize(32).ShouldBe(3);
    }

    [Fact]
    public void A_crop_of_the_views_own_size_is_copied_exactly()
    {
        byte[] pixels = [.. Enumerable.Range(0, 3 * 20 * 18).Select(i => (byte)(i * 37))];
        float[] planes = Resized<Floats8, byte>(pixels, 20, new CropBox(5, 6, 8, 8), flip: false, Interpolation.Bilinear, 8);
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < 8; y++)
                for (int x = 0; x < 8; x++)
                    planes[(c * 8 + y) * 8 + x].ShouldBe(pixels[((y + 6) * 20 + x + 5) * 3 + c] / 255f, 1e-7f);
    }

    private static float[] Apply<V>(JsonElement c, float[] planes) where V : struct, IFloats<V>
    {
        string operation = c.GetProperty("op").GetString()!;
        int height = c.GetProperty("input")[0].GetArrayLength(), width = c.GetProperty("input")[0][0].GetArrayLength(), n = width * height;
        float Factor() => (float)c.Number("factor");
        switch (operation)
        {
            case "brightness": return Changed<V>(planes, n, pixels => ColorOperations<V>.Brightness(pixels, Factor()));
            case "contrast": return Contrast<V>(planes, n, Factor(), ContrastMean.Gray);
            case "saturation": return Changed<V>(planes, n, pixels => ColorOperations<V>.Saturation(pixels, Factor()));
            case "hue": return Changed<V>(planes, n, pixels => ColorOperations<V>.Hue(pixels, Factor()));
            case "grayscale": return Changed<V>(planes, n, ColorOperations<V>.Grayscale);
            case "gaussian_blur": return Blurred<V>(planes, width, height, c.GetProperty("kernel").GetInt32(), (float)c.Number("sigma"), BlurPadding.Reflect);
            case "hflip": return Flip<V>(planes, width, height);
            default:
                int size = c.GetProperty("size").GetInt32();
                var crop = new CropBox(c.GetProperty("left").GetInt32(), c.GetProperty("top").GetInt32(), c.GetProperty("width").GetInt32(), c.GetProperty("height").GetInt32());
                var filter = Enum.Parse<Interpolation>(c.GetProperty("interpolation").GetString()!, ignoreCase: true);
                return Resized<V, float>(Interleave(planes, n), width, crop, flip: false, filter, size);
        }
    }

    // The resampler makes squares: each row of a flipped image is a square crop of a one-row image, stretched over equal rows.
    private static float[] Flip<V>(float[] planes, int width, int height) where V : struct, IFloats<V>
    {
        float[] flipped = new float[planes.Length], row = new float[3 * width];
        for (int y = 0; y < height; y++)
        {
            for (int i = 0; i < row.Length; i++) row[i] = planes[(i % 3 * height + y) * width + i / 3];
            float[] square = Resized<V, float>(row, width, new CropBox(0, 0, width, 1), flip: true, Interpolation.Bilinear, width);
            for (int c = 0; c < 3; c++) square.AsSpan(c * width * width, width).CopyTo(flipped.AsSpan((c * height + y) * width));
        }
        return flipped;
    }

    private static float[] Changed<V>(float[] planes, int n, Action<RgbSpans> change) where V : struct, IFloats<V>
    {
        var lines = Laid<V>(planes, 1, n, 0);
        change(lines.Spans);
        return Taken(lines, 1, n);
    }

    private static float[] Contrast<V>(float[] planes, int n, float factor, ContrastMean around) where V : struct, IFloats<V> =>
        Changed<V>(planes, n, pixels => new ViewColors<V>(new ViewPolicy { ContrastMean = around }, new()).Apply(
            pixels, n, new ViewParameters { Crop = new CropBox(0, 0, 1, 1), Jitter = new ColorJitter(0b11_10_01_00, 1, factor, 1, 0) }, finish: false));

    private static float[] Blurred<V>(float[] planes, int width, int height, int kernel, float sigma, BlurPadding padding) where V : struct, IFloats<V>
    {
        var blur = new GaussianBlur<V>(kernel);
        blur.Prepare(sigma);
        float[] Across(float[] values, int lines, int length)
        {
            RgbPlanes from = Laid<V>(values, lines, length, blur.Margin), to = Laid<V>(values, lines, length, blur.Margin);
            for (int c = 0; c < 3; c++) blur.Apply(ref from.First(c), ref to.First(c), from.Stride, lines, padding);
            return Taken(to, lines, length);
        }
        return Turned(Across(Turned(Across(planes, height, width), height, width), width, height), width, height);
    }

    private static float[] Resized<V, T>(T[] pixels, int width, CropBox crop, bool flip, Interpolation filter, int size)
        where V : struct, IFloats<V>
        where T : unmanaged
    {
        var view = new RgbPlanes(size, size, V.Lanes, 0);
        var range = new Preprocessing().RangeOf(typeof(T) == typeof(byte) ? PixelType.UInt8 : typeof(T) == typeof(ushort) ? PixelType.UInt16 : PixelType.Float32);
        new Resampler<V>().Resize<T>(pixels, width, crop, flip, false, filter, range, view, size);
        return Turned(Taken(view, size, size), size, size);
    }

    private static RgbPlanes Laid<V>(float[] planes, int lines, int length, int margin) where V : struct, IFloats<V>
    {
        var laid = new RgbPlanes(lines, length, V.Lanes, margin);
        for (int line = 0; line < 3 * lines; line++)
            planes.AsSpan(line * length, length).CopyTo(laid.Plane(line / lines)[(line % lines * laid.Stride)..]);
        return laid;
    }

    private static float[] Taken(RgbPlanes planes, int lines, int length) =>
        [.. Enumerable.Range(0, 3 * lines).SelectMany(line => planes.Plane(line / lines).Slice(line % lines * planes.Stride, length).ToArray())];

    private static float[] Turned(float[] planes, int lines, int length) =>
        [.. Enumerable.Range(0, planes.Length).Select(i => planes[i / (lines * length) * lines * length + i % lines * length + i / lines % length])];

    private static float[] Interleave(float[] planes, int n) =>
        [.. Enumerable.Range(0, planes.Length).Select(i => planes[i % 3 * n + i / 3])];

    private static float[] Planes(JsonElement c, string name) => [.. Golden.Flatten(c.GetProperty(name)).Select(v => (float)v)];

    private static float[] Noise(int count, long seed)
    {
        var random = CounterRandom.For(seed, 99, 0);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble())];
    }
}
