using System.Runtime.InteropServices;
using SimClr.Images;
using SimClr.Randomness;
using SimClr.Rendering;
using SimClr.Views;

namespace SimClr.Tests.Rendering;

public sealed class AnyPolicyTests
{
    private const int Images = 5, Views = 20;

    // For every policy, number of channels, type of values and size, both renderers agree.
    [Fact]
    public void Both_renderers_agree_for_any_policy()
    {
        var random = CounterRandom.For(12, 98, 0);
        for (int round = 0; round < 24; round++)
        {
            int channels = 1 + random.Below(4), size = 8 + random.Below(40);
            var type = (PixelType)random.Below(3);
            var policy = AnyPolicy(ref random);
            policy.Validate();
            var preprocessing = new Preprocessing
            {
                ImageSize = size,
                Interpolation = (Interpolation)random.Below(2),
                Mean = random.Chance(0.5) ? [.. Enumerable.Repeat(0.4, channels)] : [],
                StandardDeviation = random.Chance(0.5) ? [.. Enumerable.Repeat(0.5, channels)] : [],
                ValueRange = random.Chance(0.5) ? type switch { PixelType.UInt8 => [10, 200], PixelType.UInt16 => [1000, 50000], _ => [-0.2, 0.7] } : [],
            };
            var images = new DecodedImage[Images];
            for (int i = 0; i < Images; i++) images[i] = AnyImage(ref random, channels, type);
            int[] which = [.. Enumerable.Range(0, Views).Select(i => i % Images)];
            var views = which.Select((of, i) => policy.Draw(images[of].Width, images[of].Height, size, new CounterRandom(round, 0, of, i))).ToArray();
            using var packed = PackedImages.Of(images, preprocessing);
            using var rendered = new TensorViewRenderer(policy, preprocessing).Render(packed, which, views);
            Compare(MemoryMarshal.Cast<byte, float>(rendered.bytes), policy, preprocessing, images, which, views);
        }
    }

    private static void Compare(ReadOnlySpan<float> actual, ViewPolicy policy, Preprocessing preprocessing, DecodedImage[] images, int[] which, ViewParameters[] views)
    {
        float[] expected = new float[images[0].Channels * preprocessing.ImageSize * preprocessing.ImageSize];
        var renderer = new CpuViewRenderer(policy, preprocessing, images[0].Channels);
        for (int i = 0; i < views.Length; i++)
        {
            if (views[i].Solarize) continue; // it has a threshold, which rounding may cross
            renderer.Render(images[which[i]], views[i], expected);
            float worst = 0;
            for (int k = 0; k < expected.Length; k++) worst = Math.Max(worst, Math.Abs(actual[i * expected.Length + k] - expected[k]));
            worst.ShouldBeLessThan(1e-4f, $"{views[i]} of {images[which[i]].Width} × {images[which[i]].Height} × {images[0].Channels} {images[0].Type}, {policy}, {preprocessing}");
        }
    }

    private static ViewPolicy AnyPolicy(ref CounterRandom random)
    {
        double low = random.Uniform(0.01, 1), sigma = random.Uniform(0.1, 2);
        return new ViewPolicy
        {
            MinScale = low,
            MaxScale = random.Uniform(low, 1),
            MaxAspect = random.Uniform(1, 4),
            FlipProbability = Any(ref random),
            VerticalFlipProbability = Any(ref random),
            RotateProbability = Any(ref random),
            JitterProbability = Any(ref random),
            ColorStrength = random.Uniform(0, 2),
            ContrastMean = (ContrastMean)random.Below(2),
            GrayscaleProbability = Any(ref random),
            BlurProbability = Any(ref random),
            MinSigma = sigma,
            MaxSigma = random.Uniform(sigma, 3),
            BlurPadding = (BlurPadding)random.Below(2),
            SolarizeProbability = random.Chance(0.2) ? 0.5 : 0,
            SolarizeThreshold = random.NextDouble(),
        };
    }

    // 0 and 1 often, because the renderers have special cases for them
    private static double Any(ref CounterRandom random) => random.Below(4) switch { 0 => 0, 1 => 1, _ => random.NextDouble() };

    private static DecodedImage AnyImage(ref CounterRandom random, int channels, PixelType type)
    {
        int width = 1 + random.Below(60), height = 1 + random.Below(60), values = width * height * channels;
        byte[] bytes = new byte[values * (type == PixelType.UInt8 ? 1 : type == PixelType.UInt16 ? 2 : 4)];
        if (type == PixelType.Float32)
        {
            foreach (ref float value in MemoryMarshal.Cast<byte, float>(bytes.AsSpan())) value = (float)random.NextDouble();
        }
        else
        {
            for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)random.Below(256);
        }
        return new DecodedImage(bytes, width, height, channels, type);
    }
}
