using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
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
    private static readonly string[] Classes = ["cat", "dog"];

    private readonly TemporaryFolder folder = new();
    private readonly ResNet encoder;

    public EmbeddingServiceTests()
    {
        LibTorch.Load();
        using var generator = new Generator(1, CPU);
        encoder = new ResNet(new ResNetOptions { Width = 0.0625 }, ImageSize, generator);
        encoder.eval();
        using Tensor weight = randn([2, 32], generator: generator), bias = randn([2], generator: generator);
        OnnxEncoder.Write(folder.In("encoder.onnx"), encoder, Preprocessing, new OnnxOptions { Preprocessing = false, Classifier = new(weight, bias, Classes) });
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        encoder.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task The_service_answers_with_the_librarys_embedding_classes_and_similar_images()
    {
        string photos = Directory.CreateDirectory(folder.In("photos")).FullName;
        byte[][] files = [.. Files()];
        foreach (var (i, file) in files.Index()) File.WriteAllBytes(Path.Combine(photos, $"{i}.{(i == 0 ? "png" : "jpg")}"), file);
        using var service = new SampleProgram("EmbeddingService", folder.In("encoder.onnx"), "--urls", "http://127.0.0.1:0", "--images", photos);
        using var client = new HttpClient { BaseAddress = Address(service) };
        var health = JsonNode.Parse(await client.GetStringAsync("/health", Cancellation))!;
        ((string)health["status"]!, (int)health["dimensions"]!, (int)health["classes"]!, (int)health["images"]!).ShouldBe(("ok", 32, 2, files.Length));
        var paths = JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json", Cancellation))!["paths"]!.AsObject();
        paths.Select(path => path.Key).Order().ShouldBe(["/classify", "/embed", "/health", "/search"]);
        paths["/embed"]!["post"]!["requestBody"]!["content"]!.AsObject().Select(type => type.Key).ShouldBe(["image/*", "multipart/form-data"]);

        foreach (byte[] file in files)
        {
            var (_, json) = await Post(client, "/embed", new ByteArrayContent(file));
            Difference(json[0]!["embedding"]!, file).ShouldBeLessThan(1e-5f);
        }
        var (_, classes) = await Post(client, "/classify", new ByteArrayContent(files[0]));
        classes[0]!["classes"]!.AsArray().Select(p => (string)p!["name"]!).Order().ShouldBe(Classes);
        classes[0]!["classes"]!.AsArray().Sum(p => (double)p!["probability"]!).ShouldBe(1, 1e-5);
        var (_, found) = await Post(client, "/search", new ByteArrayContent(files[0]));
        ((string)found[0]!["similar"]![0]!["file"]!, found[0]!["similar"]!.AsArray().Count).ShouldBe(("0.png", files.Length));
        ((double)found[0]!["similar"]![0]!["cosine"]!).ShouldBe(1, 1e-5);

        using var form = new MultipartFormDataContent { { new ByteArrayContent(files[1]), "image", "one.jpg" }, { new ByteArrayContent(files[0]), "image", "two.png" } };
        var (_, both) = await Post(client, "/embed", form);
        both.AsArray().Select(entry => (string)entry!["image"]!).ShouldBe(["one.jpg", "two.png"]);
        Difference(both[1]!["embedding"]!, files[0]).ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public async Task Bad_input_is_answered_with_problem_details_and_the_service_goes_on()
    {
        using var service = new SampleProgram("EmbeddingService", "--encoder", folder.In("encoder.onnx"), "--urls", "http://127.0.0.1:0", "--megabytes", "1", "--megapixels", "2");
        using var client = new HttpClient { BaseAddress = Address(service) };
        async Task Refused(HttpStatusCode status, string detail, HttpContent content)
        {
            var (answer, json) = await Post(client, "/embed", content, status);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            ((int)json["status"]!).ShouldBe((int)status);
            ((string)json["detail"]!).ShouldContain(detail);
        }

        byte[] png = Files().First();
        await Refused(HttpStatusCode.UnsupportedMediaType, "the body cannot be decoded whole", new ByteArrayContent(png[..100]));
        await Refused(HttpStatusCode.UnsupportedMediaType, "1500 × 1500 pixels are more than the 2000000", new ByteArrayContent(Picture(SKEncodedImageFormat.Png, 255, 1500, 1500)));
        await Refused(HttpStatusCode.RequestEntityTooLarge, "too large", new ByteArrayContent(new byte[1_100_000]));
        await Refused(HttpStatusCode.UnsupportedMediaType, "no file", new MultipartFormDataContent { { new StringContent("cat"), "name" } });
        await Refused(HttpStatusCode.UnsupportedMediaType, "bad.png cannot be decoded whole", new MultipartFormDataContent { { new ByteArrayContent(png), "a", "good.png" }, { new ByteArrayContent([1]), "b", "bad.png" } });
        var form = new ByteArrayContent(png);
        form.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded"); // as curl says
        await Post(client, "/embed", form);
        (await client.PostAsync("/search", new ByteArrayContent(png), Cancellation)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task At_SIGTERM_every_request_that_was_taken_is_answered()
    {
        using var service = new SampleProgram("EmbeddingService", folder.In("encoder.onnx"), "--urls", "http://127.0.0.1:0", "--concurrency", "1");
        using var client = new HttpClient { BaseAddress = Address(service) };
        byte[] large = Picture(SKEncodedImageFormat.Jpeg, 255, 3000, 2000);
        await Post(client, "/embed", new ByteArrayContent(large));
        var requests = Enumerable.Range(0, 12).Select(_ => Post(client, "/embed", new ByteArrayContent(large))).ToList();
        await Task.WhenAny(requests);
        using var own = service.Own;
        using (var kill = Process.Start("kill", ["-TERM", $"{own.Id}"])) await kill.WaitForExitAsync(Cancellation);
        foreach (var (_, json) in await Task.WhenAll(requests)) Difference(json[0]!["embedding"]!, large).ShouldBeLessThan(1e-5f);
        own.WaitForExit(TimeSpan.FromSeconds(20)).ShouldBeTrue();
    }

    [Fact]
    public void A_service_without_an_encoder_says_so()
    {
        var (exitCode, _, error) = SampleProgram.Run("EmbeddingService", "/nowhere.onnx");
        exitCode.ShouldBe(2);
        error.Trim().ShouldBe("/nowhere.onnx does not exist. simclr export writes such a file.");
    }

    private static async Task<(HttpResponseMessage Answer, JsonNode Json)> Post(HttpClient client, string path, HttpContent content, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var answer = await client.PostAsync(path, content, Cancellation);
        string text = await answer.Content.ReadAsStringAsync(Cancellation);
        answer.StatusCode.ShouldBe(expected, text);
        return (answer, JsonNode.Parse(text)!);
    }

    private static Uri Address(SampleProgram service)
    {
        const string Listening = "Now listening on: ";
        while (service.Output.ReadLine() is { } line)
        {
            if (!line.Contains(Listening, StringComparison.Ordinal)) continue;
            var address = new Uri(line.Split(Listening)[1].Trim());
            address.Host.ShouldBe("127.0.0.1"); // as --urls says
            return address;
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

    private static byte[] Picture(SKEncodedImageFormat format, byte alpha, int width = 70, int height = 50)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++) bitmap.SetPixel(x, y, new SKColor((byte)(3 * x), (byte)(5 * y), (byte)(x * y % 256), x < 35 ? alpha : (byte)255));
        }
        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    // Relative to the largest value of the encoder's own vector.
    private float Difference(JsonNode embedding, byte[] file)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        float[] view = new float[3 * ImageSize * ImageSize];
        new CpuViewRenderer(Preprocessing).Render(ImageDecoder.Decode(file, "picture"), view);
        float[] expected = encoder.call(tensor(view, [1, 3, ImageSize, ImageSize])).data<float>().ToArray();
        return embedding.AsArray().Select(v => (float)v!).Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max();
    }
}
