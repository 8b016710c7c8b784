using SimClr.Images;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Tests.Views;

public sealed class BandPipelineTests
{
    private const float Tolerance = 1e-5f;

    private static DecodedImage Image(int width, int height, int channels)
    {
        var random = CounterRandom.For(6, 97, channels);
        return new DecodedImage(Enumerable.Range(0, width * height * channels).Select(_ => (byte)random.Below(256)).ToArray(), width, height, channels);
    }

    // One channel repeated three times.
    private static DecodedImage Replicated(DecodedImage image, int channel) =>
        new(Enumerable.Range(0, 3 * image.Width * image.Height).Select(i => image.Pixels.Span[i / 3 * image.Channels + channel]).ToArray(), image.Width, image.Height);

    [Theory]
    [InlineData(16)]
    [InlineData(33)]
    public void A_view_of_one_channel_equals_a_channel_of_its_three_channel_copy(int size)
    {
        var policy = new ViewPolicy { JitterProbability = 0, GrayscaleProbability = 0, BlurProbability = 0.5, SolarizeProbability = 0.3, VerticalFlipProbability = 0.5, RotateProbability = 0.75 };
        var image = Image(70, 45, 1);
        var (gray, rgb) = (new CpuViewRenderer(policy, new() { ImageSize = size }, channels: 1), new CpuViewRenderer(policy, new() { ImageSize = size }));
        float[] one = new float[size * size], three = new float[3 * size * size];
        for (int i = 0; i < 40; i++)
        {
            var view = policy.Draw(70, 45, size, new CounterRandom(3, 0, i, 0));
            gray.Render(image, view, one);
            rgb.Render(Replicated(image, 0), view, three);
            one.ShouldBe(three[..(size * size)]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(13)]
    public void Every_band_equals_the_definition_without_colour_mixing(int channels)
    {
        const int Size = 20;
        var policy = new ViewPolicy { BlurProbability = 0.5, VerticalFlipProbability = 0.5, RotateProbability = 0.75 };
        var preprocessing = new Preprocessing
        {
            ImageSize = Size,
            Interpolation = Interpolation.Bicubic,
            Mean = [.. Enumerable.Range(0, channels).Select(c => 0.3 + 0.01 * c)],
            StandardDeviation = [.. Enumerable.Range(0, channels).Select(c => 0.5 + 0.1 * c)],
        };
        preprocessing.Validate(channels);
        var image = Image(31, 26, channels);
        var renderer = new CpuViewRenderer(policy, preprocessing, channels);
        float[] views = new float[channels * Size * Size];
        int jittered = 0;
        for (int i = 0; i < 12; i++)
        {
            var view = policy.Draw(31, 26, Size, new CounterRandom(1, 0, i, 1));
            if (view.Jitter is not null) jittered++;
            renderer.Render(image, view, views);
            for (int c = 0; c < channels; c++)
            {
                // A saturation of 1 and no hue shift leave only brightness and contrast, in their order.
                var own = view with { Grayscale = false, Jitter = view.Jitter is { } jitter ? jitter with { Saturation = 1, Hue = 0 } : null };
                var alone = preprocessing with { Mean = [.. Enumerable.Repeat(preprocessing.Mean[c], 3)], StandardDeviation = [.. Enumerable.Repeat(preprocessing.StandardDeviation[c], 3)] };
                var (expected, _) = ReferenceViews.Render(Replicated(image, c), own, policy with { ContrastMean = ContrastMean.Channel }, alone);
                for (int p = 0; p < Size * Size; p++) Math.Abs(views[c * Size * Size + p] - expected[p]).ShouldBeLessThan(2 * Tolerance, $"view {i}, band {c}, pixel {p}: {view}");
            }
        }
        jittered.ShouldBeGreaterThan(4);
    }

    [Fact]
    public void Nothing_is_allocated_after_the_first_views_and_wrong_sizes_are_refused()
    {
        var policy = new ViewPolicy { BlurProbability = 1 };
        var image = Image(40, 30, 4);
        var renderer = new CpuViewRenderer(policy, new() { ImageSize = 32 }, channels: 4);
        float[] views = new float[4 * 32 * 32];
        void Render(int from, int to)
        {
            for (int i = from; i < to; i++) renderer.Render(image, policy.Draw(40, 30, 32, new CounterRandom(0, 0, i, 0)), views);
        }
        renderer.Render(image, new ViewParameters { Crop = new CropBox(0, 0, 40, 30), BlurSigma = 2 }, views);
        Render(0, 100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Render(100, 200);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        var whole = new ViewParameters { Crop = new CropBox(0, 0, 40, 30) };
        Should.Throw<ArgumentException>(() => renderer.Render(Image(40, 30, 3), whole, views)).Message.ShouldContain("3 channels instead of 4");
        Should.Throw<ArgumentException>(() => renderer.Render(image, whole, new float[3 * 32 * 32])).Message.ShouldContain("takes 4096 floats");
        Should.Throw<ArgumentOutOfRangeException>(() => new Preprocessing { Mean = [0.5, 0.5, 0.5] }.Validate(4)).Message.ShouldContain("0 or 4 numbers");
    }

    [Fact]
    public void An_image_is_shown_as_gray_or_by_its_first_bands()
    {
        static byte[] Looked(int channels, params byte[] pixel) => new DecodedImage(pixel, 1, 1, channels).ToRgb().Pixels.ToArray();
        Looked(1, 7).ShouldBe([7, 7, 7]);
        Looked(2, 7, 8).ShouldBe([7, 8, 8]);
        Looked(3, 7, 8, 9).ShouldBe([7, 8, 9]);
        Looked(4, 7, 8, 9, 10).ShouldBe([7, 8, 9]);
    }
}
