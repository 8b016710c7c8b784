using System.Runtime.InteropServices;
using SimClr.Images;
using SimClr.Randomness;
using SimClr.Rendering;
using SimClr.Views;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Rendering;

public sealed class TensorViewRendererTests
{
    private static readonly (int Width, int Height)[] Sides = [(32, 32), (1, 1), (17, 90), (200, 61), (45, 45), (9, 150)];

    public static TheoryData<int, Interpolation, ContrastMean, BlurPadding> Policies =>
        [.. from size in new[] { 8, 31, 32, 48, 100 } from filter in Enum.GetValues<Interpolation>() from mean in Enum.GetValues<ContrastMean>() from padding in Enum.GetValues<BlurPadding>()
            where size == 32 || (filter, mean, padding) is (Interpolation.Bilinear, ContrastMean.Gray, BlurPadding.Reflect) or (Interpolation.Bicubic, ContrastMean.Channel, BlurPadding.Zero)
            select (size, filter, mean, padding)];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Views_of_photographs_of_any_size_equal_the_CPU_renderers(int size, Interpolation filter, ContrastMean mean, BlurPadding padding)
    {
        var policy = new ViewPolicy
        {
            ContrastMean = mean,
            BlurPadding = padding,
            BlurProbability = 0.5,
            ColorStrength = 1,
            SolarizeProbability = 0.3,
            VerticalFlipProbability = 0.5,
            RotateProbability = 0.75,
        };
        var preprocessing = new Preprocessing { ImageSize = size, Interpolation = filter, Mean = [0.49, 0.48, 0.45], StandardDeviation = [0.25, 0.24, 0.26] };
        var images = Sides.Select((s, i) => Photograph(s.Width, s.Height, i)).ToArray();
        int[] which = [.. Enumerable.Range(0, 60).Select(i => i % images.Length)];
        var views = which.Select((of, i) => policy.Draw(images[of].Width, images[of].Height, size, new CounterRandom(3, size, i, 0))).ToArray();
        views.Count(v => v.Jitter is not null).ShouldBeInRange(30, 59); // some have it and some have not
        views.Select(v => (v.VerticalFlip, v.QuarterTurns)).Distinct().Count().ShouldBe(8);
        using var packed = PackedImages.Of(images);

        using var rendered = new TensorViewRenderer(policy, preprocessing).Render(packed, which, views);

        rendered.shape.ShouldBe([60, 3, size, size]);
        Compare(rendered, policy, preprocessing, images, which, views);
    }

    [Fact]
    public void Views_with_no_or_all_colour_changes_equal_the_CPU_renderers()
    {
        foreach (double probability in new[] { 0.0, 1 })
        {
            var policy = new ViewPolicy { JitterProbability = probability, GrayscaleProbability = probability, BlurProbability = probability, FlipProbability = probability };
            var images = new[] { Photograph(40, 30, 1), Photograph(70, 90, 2) };
            int[] which = [0, 1, 1, 0];
            var views = which.Select((of, i) => policy.Draw(images[of].Width, images[of].Height, 32, new CounterRandom(4, 0, i, 1))).ToArray();
            using var packed = PackedImages.Of(images);
            using var rendered = new TensorViewRenderer(policy, new() { ImageSize = 32 }).Render(packed, which, views);
            Compare(rendered, policy, new() { ImageSize = 32 }, images, which, views);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Views_of_bands_equal_the_CPU_renderers(int channels)
    {
        var policy = new ViewPolicy { BlurProbability = 0.5, ColorStrength = 1, GrayscaleProbability = 0.5, SolarizeProbability = 0.3, VerticalFlipProbability = 0.5, RotateProbability = 0.75 };
        var preprocessing = new Preprocessing { ImageSize = 32, Mean = [.. Enumerable.Repeat(0.4, channels)] };
        var random = CounterRandom.For(1, 97, 0);
        var images = Sides.Select(s => new DecodedImage(Enumerable.Range(0, s.Width * s.Height * channels).Select(_ => (byte)random.Below(256)).ToArray(), s.Width, s.Height, channels)).ToArray();
        int[] which = [.. Enumerable.Range(0, 30).Select(i => i % images.Length)];
        var views = which.Select((of, i) => policy.Draw(images[of].Width, images[of].Height, 32, new CounterRandom(7, 0, i, 1))).ToArray();
        using var packed = PackedImages.Of(images);
        using var rendered = new TensorViewRenderer(policy, preprocessing).Render(packed, which, views);
        rendered.shape.ShouldBe([30, channels, 32, 32]);
        Compare(rendered, policy, preprocessing, images, which, views);
        Should.Throw<ArgumentException>(() => PackedImages.Of([images[0], images[0].ToRgb()])).Message.ShouldContain("channels");
    }

    [Fact]
    public void Working_in_parts_bounds_memory_and_changes_no_result()
    {
        var policy = new ViewPolicy { BlurProbability = 0.5 };
        var images = Sides.Select((s, i) => Photograph(s.Width, s.Height, i)).ToArray();
        int[] which = [.. Enumerable.Range(0, 24).Select(i => i % images.Length)];
        var views = which.Select((of, i) => policy.Draw(images[of].Width, images[of].Height, 32, new CounterRandom(5, 0, i, 1))).ToArray();
        using var packed = PackedImages.Of(images);
        using var whole = new TensorViewRenderer(policy, new() { ImageSize = 32 }) { Most = 1L << 30 }.Render(packed, which, views);
        using var parts = new TensorViewRenderer(policy, new() { ImageSize = 32 }) { Most = 1L << 15 }.Render(packed, which, views);
        (parts - whole).abs().max().item<float>().ShouldBeLessThan(2e-6f);
    }

    [Fact]
    public void Nothing_leaks()
    {
        var policy = new ViewPolicy { BlurProbability = 0.5 };
        var renderer = new TensorViewRenderer(policy, new() { ImageSize = 16, Mean = [0.5, 0.5, 0.5] });
        using var packed = PackedImages.Of([Photograph(20, 20, 0)]);
        using var outer = NewDisposeScope();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 20; i++)
        {
            var views = Enumerable.Range(0, 4).Select(v => policy.Draw(20, 20, 16, new CounterRandom(6, i, v, 0))).ToArray();
            renderer.Render(packed, [0, 0, 0, 0], views).Dispose();
        }
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    [Fact]
    public void Input_that_does_not_fit_is_refused()
    {
        using var packed = PackedImages.Of([Photograph(10, 10, 0)]);
        var renderer = new TensorViewRenderer(new ViewPolicy(), new() { ImageSize = 16 });
        Should.Throw<ArgumentException>(() => renderer.Render(packed, [0], [new ViewParameters { Crop = new CropBox(5, 5, 6, 5) }])).Message.ShouldContain("leaves the image");
        Should.Throw<ArgumentException>(() => renderer.Render(packed, [0, 0], [new ViewParameters { Crop = new CropBox(0, 0, 5, 5) }])).Message.ShouldContain("2 images");
        Should.Throw<ArgumentException>(() => PackedImages.Of([new DecodedImage(new byte[10], 2, 2)])).Message.ShouldContain("12 bytes");
    }

    // Gray areas, pure colours and noise: the special cases of hue and saturation.
    private static DecodedImage Photograph(int width, int height, int seed)
    {
        var random = CounterRandom.For(seed, 98, 0);
        byte[] pixels = new byte[width * height * 3];
        for (int i = 0; i < pixels.Length; i += 3)
        {
            byte gray = (byte)random.Below(256);
            for (int channel = 0; channel < 3; channel++)
                pixels[i + channel] = (i / 3 % 4) switch { 0 => gray, 1 => (byte)(255 * random.Below(2)), _ => (byte)random.Below(256) };
        }
        return new DecodedImage(pixels, width, height);
    }

    private static void Compare(Tensor rendered, ViewPolicy policy, Preprocessing preprocessing, DecodedImage[] images, int[] which, ViewParameters[] views)
    {
        int size = preprocessing.ImageSize;
        var renderer = new CpuViewRenderer(policy, preprocessing, images[0].Channels);
        float[] expected = new float[images[0].Channels * size * size];
        var all = MemoryMarshal.Cast<byte, float>(rendered.bytes);
        for (int i = 0; i < views.Length; i++)
        {
            renderer.Render(images[which[i]], views[i], expected);
            var view = all.Slice(i * expected.Length, expected.Length);
            float worst = 0;
            for (int k = 0; k < expected.Length; k++) worst = Math.Max(worst, Math.Abs(view[k] - expected[k]));
            worst.ShouldBeLessThan(1e-4f, $"view {i}: {views[i]} of {which[i]}");
        }
    }
}
