using System.Runtime.InteropServices;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Loading;
using SimClr.Randomness;
using SimClr.Views;
using SkiaSharp;

namespace SimClr.Tests.Datasets;

public sealed class ReducedDecodingTests
{
    private const int Size = 32;

    // Only crops: colour changes would hide or magnify the effect of decoding.
    private static readonly ViewPolicy Crops = new() { JitterProbability = 0, GrayscaleProbability = 0, BlurProbability = 0, FlipProbability = 0 };

    [Fact]
    public void Views_of_photographs_differ_by_at_most_the_documented_amount()
    {
        using var temp = new TempFolder();
        SharedData.Unpack("caltech101-originals-sample.tar", temp.Root);
        var photographs = ImageDatasets.Open(temp.At("caltech101-originals-sample"), DatasetPart.Train);
        var renderer = new CpuViewRenderer(Crops, new() { ImageSize = Size });
        float[] whole = new float[3 * Size * Size], aligned = new float[whole.Length], reduced = new float[whole.Length];
        var (fromWhole, fromAligned) = (new List<double>(), new List<double>());
        double greatest = 0;
        for (int index = 0; index < photographs.Count; index++)
        {
            var image = photographs.Read(index);
            var pair = new ViewSampler(photographs, Crops, new() { ImageSize = Size }, 2, new(), 1, reducedDecoding: true, new DecodedImageCache());
            var small = pair.Read(index, 0, comesAgain: false);
            int by = (image.Width + small.Width - 1) / small.Width;
            if (by == 1) continue;
            for (int view = 0; view < 2; view++)
            {
                var drawn = Crops.Draw(image.Width, image.Height, Size, new CounterRandom(1, 0, index, view));
                Math.Min(drawn.Crop.Width, drawn.Crop.Height).ShouldBeGreaterThanOrEqualTo(2 * by * Size);
                pair.Render(small, view, reduced);
                renderer.Render(image, drawn, whole);
                renderer.Render(image, drawn with { Crop = Aligned(drawn.Crop, by, image) }, aligned);
                fromWhole.Add(Steps(whole, reduced).Average());
                fromAligned.Add(Steps(aligned, reduced).Average());
                greatest = Math.Max(greatest, Steps(aligned, reduced).Max());
            }
        }
        fromAligned.Count.ShouldBeGreaterThan(80);
        fromAligned.Average().ShouldBeLessThan(0.6);
        greatest.ShouldBeLessThan(32);
        fromWhole.Average().ShouldBeLessThan(3);
    }

    [Fact]
    public void Images_not_much_larger_than_their_views_give_the_same_bytes()
    {
        using var temp = new TempFolder();
        for (int i = 0; i < 4; i++) temp.Write($"photos/{i}.jpg", TinyImages.Encode(60 + i, 50, SKEncodedImageFormat.Jpeg, (x, y) => new SKColor((byte)(4 * x), (byte)(5 * y), 7)));
        var data = ImageDatasets.Open(temp.At("photos"), DatasetPart.Train);
        byte[] Views(bool reduced) => [.. new ViewLoader(data, Crops, new() { ImageSize = Size }, 4, 1) { ReducedDecoding = reduced }.Epoch(0).SelectMany(b => b.Views.bytes.ToArray())];
        Views(reduced: true).ShouldBe(Views(reduced: false));
    }

    [Fact]
    public void A_large_photograph_is_decoded_small_with_the_same_crops()
    {
        using var temp = new TempFolder();
        for (int i = 0; i < 2; i++) temp.Write($"photos/{i}.jpg", TinyImages.Encode(1030, 1027, SKEncodedImageFormat.Jpeg, (x, y) => new SKColor((byte)(x / 5), (byte)(y / 5), 128)));
        var data = ImageDatasets.Open(temp.At("photos"), DatasetPart.Train);
        float[] Views(bool reduced) => MemoryMarshal.Cast<byte, float>(new ViewLoader(data, Crops, new() { ImageSize = 16 }, 2, 1) { ReducedDecoding = reduced }.Epoch(0).Single().Views.bytes).ToArray();
        new ViewSampler(data, Crops, new() { ImageSize = 16 }, 2, new(), 1, reducedDecoding: true, new DecodedImageCache()).Read(0, 0, comesAgain: false).Width.ShouldBeLessThanOrEqualTo(258);
        float[] small = Views(reduced: true), whole = Views(reduced: false);
        var parts = new ViewLoader(data, Crops, new() { ImageSize = 16 }, 2, 1) { ReducedDecoding = true, MicroBatchSize = 1 }.Epoch(0).Select(b => MemoryMarshal.Cast<byte, float>(b.Views.bytes).ToArray()).ToList();
        foreach (int pass in (int[])[0, 2]) // the second time from cached images
            ((float[])[.. parts[pass][..768], .. parts[pass + 1][..768], .. parts[pass][768..], .. parts[pass + 1][768..]]).ShouldBe(small);
        small.ShouldNotBe(whole);
        Steps(small, whole).Max().ShouldBeLessThan(2.5); // the colours are a ramp, so that a misplaced crop is visible
    }

    private static CropBox Aligned(CropBox crop, int by, DecodedImage image)
    {
        int Nearest(int at, int end) => Math.Min((int)Math.Floor(at / (double)by + 0.5) * by, end);
        int left = Nearest(crop.Left, image.Width), top = Nearest(crop.Top, image.Height);
        return new CropBox(left, top, Nearest(crop.Left + crop.Width, image.Width) - left, Nearest(crop.Top + crop.Height, image.Height) - top);
    }

    private static IEnumerable<double> Steps(float[] a, float[] b) => a.Zip(b, (x, y) => 255.0 * Math.Abs(x - y));
}
