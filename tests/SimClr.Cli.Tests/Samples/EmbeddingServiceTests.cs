using System.Net;
using System.Text.Json.Nodes;
using SimClr.Cli.Tests.Commands;
using SimClr.Encoders;
using SimClr.Images;
using SimClr.Models;
using SimClr.Runtime;
using SimClr.Views;
using SkiaSharp;
using static TorchSharp.torch;

namespace SimClr.Cli.Tests.Samples;

[Trait("Duration", "Long")]
public sealed class EmbeddingServiceTests : IDisposable
{
    private const int ImageSize = 40;
    private static readonly Preprocessing Preprocessing = new() { ImageSize = ImageSize, Mean = [0.5, 0.4, 0.3], StandardDeviation = [0.2, 0.3, 0.4] };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_service_answers_with_the_librarys_embedding()
    {
        LibTorch.Load();
        using var generator = new Generator(1, CPU);
        using var encoder = new ResNet(new ResNetOptions { Width = 0.0625 }, ImageSize, generator);
        encoder.eval();
        string[] classes = ["cat", "dog"];
        using Tensor weight = randn([2, 32], generator: generator), bias = randn([2], generator: generator);
        OnnxEncoder.Write(folder.In("encoder.onnx"), encoder, Preprocessing, new OnnxOptions { Classifier = new(weight, bias, classes) });

        using var service = new SampleProgram("EmbeddingService", folder.In("encoder.onnx"), "--urls", "http://127.0.0.1:0");
        using var client = new HttpClient { BaseAddress = Address(service) };
        var health = JsonNode.Parse(await client.GetStringAsync("/health"))!;
        ((string)health["status"]!).ShouldBe("ok");
        ((int)health["dimensions"]!).ShouldBe(encoder.FeatureDim);

        foreach (byte[] file in Files())
        {
            using var answer = await client.PostAsync("/embed", new ByteArrayContent(file));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            float[] h = [.. json["embedding"]!.AsArray().Select(v => (float)v!)], expected = Expected(encoder, file);
            h.Length.ShouldBe(encoder.FeatureDim);
            h.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f * expected.Max());
            json["probabilities"]!.AsArray().Select(p => (string)p!["name"]!).ShouldBe(classes);
            json["probabilities"]!.AsArray().Sum(p => (double)p!["probability"]!).ShouldBe(1, 1e-5);
        }

        using var refusal = await client.PostAsync("/embed", new ByteArrayContent(Files().First()[..100]));
        refusal.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await refusal.Content.ReadAsStringAsync()).ShouldContain("no image that can be decoded");
    }

    [Fact]
    public void A_service_without_an_encoder_says_so()
    {
        var (exitCode, _, error) = SampleProgram.Run("EmbeddingService", "/nowhere.onnx");
        exitCode.ShouldBe(2);
        error.Trim().ShouldBe("The first argument must be an encoder's .onnx file; it is /nowhere.onnx.");
    }

    private static Uri Address(SampleProgram service)
    {
        const string Listening = "Now listening on: ";
        while (service.Output.ReadLine() is { } line)
        {
            if (line.Contains(Listening, StringComparison.Ordinal)) return new Uri(line.Split(Listening)[1].Trim());
        }
        throw new InvalidOperationException($"The service ended: {service.Error.Result}");
    }

    // A half-transparent PNG, and a JPEG in each of the eight EXIF orientations.
    private static IEnumerable<byte[]> Files()
    {
        yield return Picture(SKEncodedImageFormat.Png, alpha: 128);
        byte[] jpeg = Picture(SKEncodedImageFormat.Jpeg, alpha: 255);
        for (byte orientation = 1; orientation <= 8; orientation++)
        {
            byte[] exif = [0xff, 0xe1, 0, 34, .. "Exif\0\0MM\0*\0\0\0\u0008\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001"u8, 0, orientation, 0, 0, 0, 0, 0, 0];
            yield return [.. jpeg[..2], .. exif, .. jpeg[2..]];
        }
    }

    private static byte[] Picture(SKEncodedImageFormat format, byte alpha)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(70, 50, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int y = 0; y < 50; y++)
        {
            for (int x = 0; x < 70; x++) bitmap.SetPixel(x, y, new SKColor((byte)(3 * x), (byte)(5 * y), (byte)(x * y % 256), x < 35 ? alpha : (byte)255));
        }
        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    private static float[] Expected(ResNet encoder, byte[] file)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var image = ImageDecoder.Decode(file, "picture");
        float[] view = new float[3 * ImageSize * ImageSize];
        new CpuViewRenderer(Preprocessing).Render(image, view);
        return encoder.call(tensor(view, [1, 3, ImageSize, ImageSize])).data<float>().ToArray();
    }
}
