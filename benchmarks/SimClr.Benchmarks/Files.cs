using BenchmarkDotNet.Attributes;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Models;
using SimClr.Weights;
using SkiaSharp;
using static TorchSharp.torch;

namespace SimClr.Benchmarks;

/// <summary>Decoding a picture of 500 × 500 pixels, and the weights of a ResNet-18 (45 MB) to and from safetensors in memory.</summary>
public class Files
{
    private byte[] jpeg = [], png = [], weights = [];
    private ResNet encoder = null!;
    private Dictionary<string, Tensor> state = [];

    [GlobalSetup]
    public void Prepare()
    {
        const int Side = 500;
        var drawn = new BuiltInImages(DatasetPart.Train, 1, Side).Read(0).Pixels;
        using var bitmap = new SKBitmap(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        pixels.Fill(255);
        for (int i = 0; i < Side * Side; i++) drawn.Span.Slice(3 * i, 3).CopyTo(pixels[(4 * i)..]);
        (jpeg, png) = (Encoded(bitmap, SKEncodedImageFormat.Jpeg), Encoded(bitmap, SKEncodedImageFormat.Png));

        encoder = new ResNet(new ResNetOptions(), 32, new Generator(0, CPU));
        state = encoder.state_dict();
        using var stream = new MemoryStream();
        Safetensors.Write(stream, state);
        weights = stream.ToArray();
    }

    [GlobalCleanup]
    public void Free() => encoder.Dispose();

    [Benchmark]
    public int DecodeJpeg() => ImageDecoder.Decode(jpeg, "jpeg").Width;

    [Benchmark]
    public int DecodePng() => ImageDecoder.Decode(png, "png").Width;

    [Benchmark]
    public void WriteSafetensors() => Safetensors.Write(Stream.Null, state);

    [Benchmark]
    public void ReadSafetensors()
    {
        using var stream = new MemoryStream(weights);
        foreach (var tensor in Safetensors.Read(stream, "weights").Values) tensor.Dispose();
    }

    private static byte[] Encoded(SKBitmap bitmap, SKEncodedImageFormat format)
    {
        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }
}
