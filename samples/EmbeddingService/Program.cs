// A service that turns images into embeddings. It needs the encoder's .onnx file, which makes its views itself, and no libtorch:
//   dotnet run --project samples/EmbeddingService -- encoder.onnx --urls http://127.0.0.1:5000
//   curl --data-binary @cat.jpg http://127.0.0.1:5000/embed
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using SkiaSharp;

if (args.Length == 0 || !File.Exists(args[0]))
{
    Console.Error.WriteLine($"The first argument must be an encoder's .onnx file; it is {(args.Length == 0 ? "missing" : args[0])}.");
    return 2;
}
using var session = new InferenceSession(args[0]); // safe to use from many requests at once
if (!session.InputMetadata.ContainsKey("image"))
{
    Console.Error.WriteLine($"{args[0]} takes no images: export it with its preprocessing.");
    return 2;
}
var metadata = session.ModelMetadata;
int dimensions = session.OutputMetadata["h"].Dimensions[1];
string[] classes = metadata.CustomMetadataMap.TryGetValue("classes", out var list) ? JsonSerializer.Deserialize<string[]>(list)! : [];
string[] outputs = classes.Length > 0 ? ["h", "probabilities"] : ["h"];

var app = WebApplication.CreateSlimBuilder(args[1..]).Build();
app.MapGet("/health", () => new { status = "ok", model = metadata.Description, dimensions, classes = classes.Length });
app.MapPost("/embed", async (HttpRequest request) =>
{
    using var body = new MemoryStream();
    await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
    if (Decode(body.ToArray()) is not var (pixels, width, height)) return Results.Problem("The body is no image that can be decoded whole.", statusCode: 415);

    using var image = OrtValue.CreateTensorValueFromMemory(pixels, [1, height, width, 3]);
    using var run = new RunOptions();
    using var results = session.Run(run, ["image"], [image], outputs);
    float[] h = results[0].GetTensorDataAsSpan<float>().ToArray();
    if (classes.Length == 0) return Results.Json(new { embedding = h });
    float[] p = results[1].GetTensorDataAsSpan<float>().ToArray();
    return Results.Json(new { embedding = h, probabilities = classes.Zip(p, (name, probability) => new { name, probability }) });
});
app.Run();
return 0;

// Upright R, G, B, transparent pixels on white, colours as stored: what the encoder was trained on.
static (byte[] Pixels, int Width, int Height)? Decode(byte[] file)
{
    using var data = SKData.CreateCopy(file);
    using var codec = SKCodec.Create(data);
    if (codec is null || (long)codec.Info.Width * codec.Info.Height > 100_000_000) return null; // a small file can unpack to any size
    var (width, height) = (codec.Info.Width, codec.Info.Height);
    byte[] rgba = new byte[4 * width * height];
    var format = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
    unsafe
    {
        fixed (byte* at = rgba)
        {
            if (codec.GetPixels(format, (nint)at) != SKCodecResult.Success) return null;
        }
    }
    // EXIF: the source of pixel (0, 0), and the way in it of one step to the right and one down.
    var (start, right, down) = codec.EncodedOrigin switch
    {
        SKEncodedOrigin.TopRight => (width - 1, -1, width),
        SKEncodedOrigin.BottomRight => (width * height - 1, -1, -width),
        SKEncodedOrigin.BottomLeft => ((height - 1) * width, 1, -width),
        SKEncodedOrigin.LeftTop => (0, width, 1),
        SKEncodedOrigin.RightTop => ((height - 1) * width, -width, 1),
        SKEncodedOrigin.RightBottom => (width * height - 1, -width, -1),
        SKEncodedOrigin.LeftBottom => (width - 1, width, -1),
        _ => (0, 1, width),
    };
    if (codec.EncodedOrigin >= SKEncodedOrigin.LeftTop) (width, height) = (height, width);
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.Length; i++)
    {
        int pixel = 4 * (start + i / 3 % width * right + i / 3 / width * down), alpha = rgba[pixel + 3];
        rgb[i] = (byte)((rgba[pixel + i % 3] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
    return (rgb, width, height);
}
