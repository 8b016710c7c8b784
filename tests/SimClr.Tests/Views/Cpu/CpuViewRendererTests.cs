using SimClr.Images;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Tests.Views;

public sealed class CpuViewRendererTests
{
    private static DecodedImage Image(int width, int height)
    {
        var random = CounterRandom.For(5, 99, 0);
        return new DecodedImage(Enumerable.Range(0, width * height * 3).Select(_ => (byte)random.Below(256)).ToArray(), width, height);
    }

    [Fact]
    public void A_used_renderer_gives_the_views_of_a_new_one()
    {
        var used = new CpuViewRenderer(new ViewPolicy { BlurProbability = 1 }, new() { ImageSize = 32 });
        for (int i = 0; i < 50; i++)
        {
            var image = Image(8 + i * 3, 70 - i);
            var view = new ViewPolicy { BlurProbability = 1 }.Draw(image.Width, image.Height, 32, new CounterRandom(2, 0, i, 0));
            float[] a = new float[3 * 32 * 32], b = new float[3 * 32 * 32];
            used.Render(image, view, a);
            new CpuViewRenderer(new ViewPolicy(), new() { ImageSize = 32 }).Render(image, view, b);
            a.ShouldBe(b);
            a.ShouldAllBe(v => v >= 0 && v <= 1.000001f);
        }
    }

    [Fact]
    public void Nothing_is_allocated_after_the_first_views()
    {
        var image = Image(60, 50);
        var policy = new ViewPolicy { BlurProbability = 1 };
        var renderer = new CpuViewRenderer(policy, new() { ImageSize = 32 });
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
    public void Input_that_does_not_fit_is_refused()
    {
        var renderer = new CpuViewRenderer(new ViewPolicy(), new() { ImageSize = 16 });
        float[] destination = new float[3 * 16 * 16];
        Should.Throw<ArgumentException>(() => renderer.Render(Image(10, 10), new ViewParameters { Crop = new CropBox(5, 5, 6, 5) }, destination)).Message.ShouldContain("leaves the image");
        Should.Throw<ArgumentException>(() => renderer.Render(new DecodedImage(new byte[10], 2, 2), new ViewParameters { Crop = new CropBox(0, 0, 1, 1) }, destination)).Message.ShouldContain("12 bytes");
        Should.Throw<ArgumentException>(() => renderer.Render(Image(10, 10), new ViewParameters { Crop = new CropBox(0, 0, 5, 5) }, new float[5]));
    }
}
