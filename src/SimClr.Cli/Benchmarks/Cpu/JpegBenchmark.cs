using SimClr.Datasets;
using SimClr.Images;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>jpeg-224</c>: decodes files and renders two views of each, on one thread.</summary>
/// <param name="files">The JPEG files; borrowed.</param>
internal sealed class JpegBenchmark(IImageDataset files) : IBenchmark
{
    private const int Size = 224;

    // Inverse cosine transform (64 coefficients in about 8 operations each), upsampling, and YCbCr to RGB.
    private const double FlopsOfAPixel = 20;

    private readonly ViewPolicy policy = new ViewPolicy().For(Size);
    private readonly CpuViewRenderer renderer = new(new ViewPolicy(), new() { ImageSize = Size });
    private readonly float[] batch = new float[2 * files.Count * 3 * Size * Size];

    public double Units => files.Count;

    public double Floor(MachinePeaks peaks)
    {
        var work = new Work();
        for (int i = 0; i < files.Count; i++)
        {
            var image = files.Read(i);
            double pixels = (double)image.Width * image.Height;
            work += new Work(FlopsOfAPixel * pixels, new FileInfo(files.Describe(i)).Length + 3 * pixels);
            for (int view = 0; view < 2; view++) work += ViewWork.Of(Draw(image, i, view), Size);
        }
        return peaks.Vector.Seconds(work);
    }

    public void Run()
    {
        const int Length = 3 * Size * Size;
        for (int i = 0; i < files.Count; i++)
        {
            var image = files.Read(i);
            for (int view = 0; view < 2; view++)
                renderer.Render(image, Draw(image, i, view), batch.AsSpan((2 * i + view) * Length, Length));
        }
    }

    private ViewParameters Draw(DecodedImage image, int index, int view) =>
        policy.Draw(image.Width, image.Height, Size, new CounterRandom(0, 0, index, view));

    public void Dispose()
    {
    }
}
