using BenchmarkDotNet.Attributes;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Benchmarks;

/// <summary>One view with one operation added to the crop at a time, and the drawing of its numbers.</summary>
public class ViewOperations
{
    private static readonly ColorJitter Jitter = new(0b11_10_01_00, 1.2f, 0.8f, 1.3f, 0.1f);

    private DecodedImage image;
    private CpuViewRenderer renderer = null!;
    private float[] view = [];
    private ViewParameters crop;

    /// <summary>S; images have 32, 96 or 500 pixels a side, crops half of their area.</summary>
    [Params(32, 96, 224)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        int side = Size == 224 ? 500 : Size, part = (int)(side * 0.7);
        image = new BuiltInImages(DatasetPart.Train, 1, side).Read(0);
        renderer = new CpuViewRenderer(new ViewPolicy(), new() { ImageSize = Size });
        view = new float[3 * Size * Size];
        crop = new ViewParameters { Crop = new CropBox(side / 8, side / 10, part, part) };
    }

    [Benchmark]
    public ViewParameters Draw() => new ViewPolicy().Draw(image.Width, image.Height, Size, new CounterRandom(0, 0, 0, 0));

    [Benchmark(Baseline = true)]
    public void Crop() => renderer.Render(image, crop, view);

    [Benchmark]
    public void CropJitter() => renderer.Render(image, crop with { Jitter = Jitter }, view);

    [Benchmark]
    public void CropGrayscale() => renderer.Render(image, crop with { Grayscale = true }, view);

    [Benchmark]
    public void CropBlur() => renderer.Render(image, crop with { BlurSigma = 1 }, view);

    [Benchmark]
    public void CropSolarize() => renderer.Render(image, crop with { Solarize = true }, view);
}
