using SimClr.Encoders;
using SimClr.Images;
using SimClr.Models;
using SimClr.Onnx;
using SimClr.Tests.Weights;
using SimClr.Views;
using SkiaSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Onnx;

/// <summary>A small encoder, its ONNX file, images, and the vectors that the encoder itself gives for them.</summary>
internal sealed class EncoderFile : IDisposable
{
    public static readonly Preprocessing Preprocessing =
        new() { ImageSize = 40, Mean = [0.5, 0.4, 0.3], StandardDeviation = [0.2, 0.3, 0.4], Interpolation = Interpolation.Bicubic };

    private readonly TempFolder folder = new();
    private readonly ResNet encoder;
    private readonly Func<Preprocessing, Preprocessing> change;

    public EncoderFile(bool included = false, int channels = 3, bool classifier = false, int opset = OnnxEncoder.Opset, double shift = 0,
        Func<Preprocessing, Preprocessing>? change = null)
    {
        this.change = change ?? (preprocessing => preprocessing);
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        encoder = OnnxTrial.Build(new ResNetOptions { Width = 0.0625, Stem = Stem.SmallStride2, Channels = channels }, 40);
        using (no_grad()) encoder.parameters().First().add_(shift);
        Path = folder.At("encoder.onnx");
        OnnxEncoder.Write(Path, encoder, Used, new OnnxOptions
        {
            Preprocessing = included,
            Opset = opset,
            Recipe = "epochs: 3\n",
            Classifier = classifier ? new(randn([3, 32], generator: generator), randn([3], generator: generator), Classes) : null,
        });
    }

    public static IReadOnlyList<string> Classes { get; } = ["cat", "dog", "owl"];

    public string Path { get; }

    public Preprocessing Used =>
        change(encoder.Options.Channels == 3 ? Preprocessing : Preprocessing with { Mean = [0.5], StandardDeviation = [0.2] });

    /// <summary>Writes an image file of some size; the seed makes its colours.</summary>
    public string Image(string name, int width, int height, int seed = 1, SKEncodedImageFormat format = SKEncodedImageFormat.Png) =>
        folder.Write(name, TinyImages.Encode(width, height, format, (x, y) =>
            new SKColor((byte)(3 * x * seed), (byte)(5 * y + 40 * seed), (byte)(x * y / 3), (byte)(x % 9 == 0 ? 100 : 255))));

    public string Write(string name, byte[] content) => folder.Write(name, content);

    public ImageEmbedder Load(ImageEmbedderOptions? options = null) => ImageEmbedder.Load(Path, options);

    /// <summary>h by libtorch, as evaluation makes it.</summary>
    public float[] Expected(DecodedImage image)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        int channels = encoder.Options.Channels, side = Used.ImageSize;
        float[] view = new float[channels * side * side];
        new CpuViewRenderer(Used, channels).Render(image, view);
        return encoder.call(tensor(view, [1, channels, side, side])).data<float>().ToArray();
    }

    public float[] Expected(string file) => Expected(ImageDecoder.Read(file));

    /// <summary>The largest difference of two vectors, relative to the largest value.</summary>
    public static double Difference(IEnumerable<float> actual, float[] expected)
    {
        actual.Count().ShouldBe(expected.Length);
        return actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
    }

    public void Dispose()
    {
        encoder.Dispose();
        folder.Dispose();
    }
}
