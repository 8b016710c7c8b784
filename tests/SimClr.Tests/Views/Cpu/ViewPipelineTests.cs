using SimClr.Images;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Tests.Views;

public sealed class ViewPipelineTests
{
    private const float Tolerance = 1e-5f;

    private static readonly int[] Sizes = [8, 9, 11, 16, 20, 24, 31, 32, 33, 48, 50];
    private static readonly byte[] Orders = [.. from a in Enumerable.Range(0, 4) from b in Enumerable.Range(0, 4) from c in Enumerable.Range(0, 4) from d in Enumerable.Range(0, 4)
                                                where (1 << a | 1 << b | 1 << c | 1 << d) == 15
                                                select (byte)(a | b << 2 | c << 4 | d << 6)];

    [Fact]
    [Trait("Duration", "Long")]
    public void Views_equal_the_definitions_for_registers_of_any_size()
    {
        Orders.Length.ShouldBe(24);
        var random = CounterRandom.For(7, 98, 0);
        for (int i = 0; i < 240; i++)
        {
            int size = Sizes[random.Below(Sizes.Length)];
            var (policy, preprocessing) = AnyPolicy(ref random, size);
            var image = AnyImage(ref random, Side(ref random), Side(ref random));
            Compare(image, AnyView(ref random, image, Orders[i % 24]), policy, preprocessing);
        }
    }

    [Theory]
    [InlineData(500, 375, 224)] // 23 taps, lines of full registers
    [InlineData(120, 90, 112)]
    [InlineData(700, 20, 70)] // many rows and columns into one, and none
    [InlineData(3, 900, 40)]
    public void Large_views_equal_the_definitions_too(int width, int height, int size)
    {
        var random = CounterRandom.For(8, 98, width);
        var image = AnyImage(ref random, width, height);
        var view = AnyView(ref random, image, Orders[5]) with { Crop = new CropBox(0, 0, width, height), BlurSigma = 1.9f };
        Compare(image, view, new ViewPolicy(), new() { ImageSize = size });
    }

    [Fact]
    public void The_last_pixel_of_an_image_can_be_the_whole_crop()
    {
        var random = CounterRandom.For(9, 98, 0);
        var image = AnyImage(ref random, 5, 4);
        Compare(image, new ViewParameters { Crop = new CropBox(4, 3, 1, 1) }, new ViewPolicy(), new() { ImageSize = 16 });
        Compare(image, new ViewParameters { Crop = new CropBox(4, 0, 1, 4), Flip = true }, new ViewPolicy(), new() { ImageSize = 16, Interpolation = Interpolation.Bicubic });
        Compare(image, new ViewParameters { Crop = new CropBox(0, 0, 5, 4), VerticalFlip = true }, new ViewPolicy(), new() { ImageSize = 16 });
    }

    // The numbers are NumPy's: np.rot90(view, k) of arange(64).reshape(8, 8), after a flip by view[:, ::-1] and view[::-1].
    [Theory]
    [InlineData(false, false, 0, 0, 7, 56, 63)]
    [InlineData(true, false, 0, 7, 0, 63, 56)]
    [InlineData(false, true, 0, 56, 63, 0, 7)]
    [InlineData(false, false, 1, 7, 63, 0, 56)]
    [InlineData(false, false, 2, 63, 56, 7, 0)]
    [InlineData(false, false, 3, 56, 0, 63, 7)]
    [InlineData(true, false, 1, 0, 56, 7, 63)]
    [InlineData(false, true, 1, 63, 7, 56, 0)]
    [InlineData(true, true, 3, 7, 63, 0, 56)]
    public void A_view_is_flipped_and_then_rotated_counter_clockwise(bool flip, bool vertical, int turns, int topLeft, int topRight, int bottomLeft, int bottomRight)
    {
        const int Size = 8;
        var image = new DecodedImage(Enumerable.Range(0, Size * Size).Select(i => (byte)i).ToArray(), Size, Size, 1);
        float[] view = new float[Size * Size];
        new CpuViewRenderer(new Preprocessing { ImageSize = Size }, channels: 1)
            .Render(image, new ViewParameters { Crop = new CropBox(0, 0, Size, Size), Flip = flip, VerticalFlip = vertical, QuarterTurns = turns }, view);
        int[] corners = [.. ((int[])[0, Size - 1, Size * (Size - 1), Size * Size - 1]).Select(i => (int)Math.Round(255 * view[i]))];
        corners.ShouldBe([topLeft, topRight, bottomLeft, bottomRight]);
        Should.Throw<ArgumentException>(() => new CpuViewRenderer(new Preprocessing { ImageSize = Size }, channels: 1)
            .Render(image, new ViewParameters { Crop = new CropBox(0, 0, Size, Size), QuarterTurns = 4 }, view)).Message.ShouldContain("not by 4");
    }

    [Fact]
    public void Several_threads_give_the_results_of_one()
    {
        var policy = new ViewPolicy { BlurProbability = 0.5 };
        var random = CounterRandom.For(10, 98, 0);
        var image = AnyImage(ref random, 60, 45);
        float[][] Views(int threads)
        {
            float[][] views = [.. Enumerable.Range(0, 64).Select(_ => new float[3 * 32 * 32])];
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
            {
                var renderer = new CpuViewRenderer(policy, new() { ImageSize = 32 });
                for (int i = thread; i < views.Length; i += threads)
                    renderer.Render(image, policy.Draw(60, 45, 32, new CounterRandom(4, 0, i, 0)), views[i]);
            });
            return views;
        }
        float[][] one = Views(1), four = Views(4);
        for (int i = 0; i < one.Length; i++) four[i].ShouldBe(one[i]);
    }

    private static void Compare(DecodedImage image, ViewParameters view, ViewPolicy policy, Preprocessing preprocessing)
    {
        int size = preprocessing.ImageSize;
        var (expected, before) = ReferenceViews.Render(image, view, policy, preprocessing);
        IViewPipeline[] pipelines = [new ViewPipeline<Floats4>(policy, preprocessing), new ViewPipeline<Floats8>(policy, preprocessing), new ViewPipeline<Floats16>(policy, preprocessing)];
        foreach (var pipeline in pipelines)
        {
            float[] actual = new float[3 * size * size];
            pipeline.Render(image, view, actual);
            for (int i = 0; i < actual.Length; i++)
            {
                if (view.Solarize && Math.Abs(before[i] - policy.SolarizeThreshold) < Tolerance) continue;
                Math.Abs(actual[i] - expected[i]).ShouldBeLessThan(Tolerance, $"{pipeline.GetType()}: pixel {i} of {image.Width} × {image.Height} → {size}, {view}, {policy}, {preprocessing}");
            }
        }
    }

    private static int Side(ref CounterRandom random) => random.Chance(0.15) ? 1 + random.Below(3) : 1 + random.Below(80);

    private static DecodedImage AnyImage(ref CounterRandom random, int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)random.Below(256);
        return new DecodedImage(pixels, width, height);
    }

    private static (ViewPolicy, Preprocessing) AnyPolicy(ref CounterRandom random, int size)
    {
        bool normalizes = random.Chance(0.5);
        var preprocessing = new Preprocessing { ImageSize = size, Interpolation = (Interpolation)random.Below(2), StandardDeviation = normalizes ? [1, 1.5, 2] : [] };
        var policy = new ViewPolicy { BlurPadding = (BlurPadding)random.Below(2), ContrastMean = (ContrastMean)random.Below(2), SolarizeThreshold = random.NextDouble() };
        return (policy, preprocessing with { Mean = random.Chance(0.5) ? [0.5, 0.4, 0.3] : [] });
    }

    private static ViewParameters AnyView(ref CounterRandom random, DecodedImage image, byte order)
    {
        int width = 1 + random.Below(image.Width), height = 1 + random.Below(image.Height);
        float Factor(ref CounterRandom r) => r.Chance(0.1) ? 0 : (float)r.Uniform(0.2, 1.8);
        return new ViewParameters
        {
            Crop = new CropBox(random.Below(image.Width - width + 1), random.Below(image.Height - height + 1), width, height),
            Flip = random.Chance(0.5),
            VerticalFlip = random.Chance(0.5),
            QuarterTurns = random.Below(4),
            Jitter = random.Chance(0.8) ? new ColorJitter(order, Factor(ref random), Factor(ref random), Factor(ref random), (float)random.Uniform(-0.5, 0.5)) : null,
            Grayscale = random.Chance(0.2),
            BlurSigma = random.Chance(0.5) ? (float)random.Uniform(0.1, 2) : 0,
            Solarize = random.Chance(0.3),
        };
    }
}
