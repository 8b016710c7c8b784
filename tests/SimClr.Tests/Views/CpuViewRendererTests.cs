using SimClr.Views;

namespace SimClr.Tests.Views;

public sealed class CpuViewRendererTests
{
    private static RgbImage Image(int width, int height)
    {
        var random = CounterRandom.For(5, 99, 0);
        return new RgbImage(Enumerable.Range(0, width * height * 3).Select(_ => (byte)random.Below(256)).ToArray(), width, height);
    }

    [Fact]
    public void A_view_is_its_operations_one_after_the_other()
    {
        var image = Image(50, 40);
        var policy = new ViewPolicy { Interpolation = Interpolation.Bicubic, Mean = [0.5, 0.4, 0.3], StandardDeviation = [0.2, 0.25, 0.5], BlurPadding = BlurPadding.Zero };
        var view = new ViewParameters
        {
            Crop = new CropBox(3, 4, 30, 25),
            Flip = true,
            Jitter = new ColorJitter(0b00_10_01_11, 1.3f, 0.7f, 1.5f, 0.1f), // hue, contrast, saturation, brightness
            BlurSigma = 1.2f,
            Solarize = true,
        };
        float[] actual = new float[3 * 24 * 24], expected = new float[3 * 24 * 24];
        new CpuViewRenderer(policy, 24).Render(image, view, actual);

        new Resampler().Resize(image.Pixels.Span, 50, view.Crop, true, Interpolation.Bicubic, expected, 24);
        ColorOperations.Clip(expected);
        ColorOperations.Hue(expected, 0.1f);
        ColorOperations.Contrast(expected, 0.7f, ContrastMean.Gray);
        ColorOperations.Saturation(expected, 1.5f);
        ColorOperations.Brightness(expected, 1.3f);
        new GaussianBlur().Apply(expected, 24, 24, 3, 1.2f, BlurPadding.Zero);
        ColorOperations.Solarize(expected, 0.5f);
        for (int i = 0; i < expected.Length; i++)
        {
            int c = i / (24 * 24);
            actual[i].ShouldBe((expected[i] - (float)policy.Mean[c]) / (float)policy.StandardDeviation[c], 1e-5f);
        }
    }

    [Fact]
    public void A_used_renderer_gives_what_a_new_one_gives()
    {
        var used = new CpuViewRenderer(new ViewPolicy { BlurProbability = 1 }, 32);
        for (int i = 0; i < 50; i++)
        {
            var image = Image(8 + i * 3, 70 - i);
            var view = new ViewPolicy { BlurProbability = 1 }.Draw(image.Width, image.Height, 32, new CounterRandom(2, 0, i, 0));
            float[] a = new float[3 * 32 * 32], b = new float[3 * 32 * 32];
            used.Render(image, view, a);
            new CpuViewRenderer(new ViewPolicy(), 32).Render(image, view, b);
            a.ShouldBe(b);
            a.ShouldAllBe(v => v >= 0 && v <= 1.000001f);
        }
    }

    [Fact]
    public void Nothing_is_allocated_once_warm()
    {
        var image = Image(60, 50);
        var policy = new ViewPolicy { BlurProbability = 1 };
        var renderer = new CpuViewRenderer(policy, 32);
        float[] destination = new float[3 * 32 * 32];
        void Render(int from, int to)
        {
            for (int i = from; i < to; i++)
                renderer.Render(image, policy.Draw(60, 50, 32, new CounterRandom(0, 0, i, 0)), destination);
        }
        renderer.Render(image, new ViewParameters { Crop = new CropBox(0, 0, 60, 50), BlurSigma = 2 }, destination); // the largest scratch
        Render(0, 200);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Render(200, 400);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var renderer = new CpuViewRenderer(new ViewPolicy(), 16);
        float[] destination = new float[3 * 16 * 16];
        Should.Throw<ArgumentException>(() => renderer.Render(Image(10, 10), new ViewParameters { Crop = new CropBox(5, 5, 6, 5) }, destination)).Message.ShouldContain("leaves the image");
        Should.Throw<ArgumentException>(() => renderer.Render(new RgbImage(new byte[10], 2, 2), new ViewParameters { Crop = new CropBox(0, 0, 1, 1) }, destination)).Message.ShouldContain("12 bytes");
        Should.Throw<ArgumentException>(() => renderer.Render(Image(10, 10), new ViewParameters { Crop = new CropBox(0, 0, 5, 5) }, new float[5]));
    }
}
