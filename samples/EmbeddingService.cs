// A web service that turns images into embeddings. It needs the encoder's .onnx file (simclr export), which prepares its images itself, and no libtorch:
//   dotnet run samples/EmbeddingService.cs encoder.onnx --urls http://127.0.0.1:5000
//   curl --data-binary @cat.jpg http://127.0.0.1:5000/embed
#:sdk Microsoft.NET.Sdk.Web
#:project ../src/SimClr.Images/SimClr.Images.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false
#:property UsesLibTorch=false
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using SimClr.Images;

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
    DecodedImage pixels;
    try
    {
        pixels = ImageDecoder.Decode(body.GetBuffer().AsSpan(0, (int)body.Length), "the body"); // upright R, G, B, as in training
    }
    catch (InvalidDataException e)
    {
        return Results.Problem($"The body is no image that can be decoded whole: {e.Message}", statusCode: 415);
    }
    using var image = OrtValue.CreateTensorValueFromMemory(pixels.Pixels.ToArray(), [1, pixels.Height, pixels.Width, 3]);
    using var run = new RunOptions();
    using var results = session.Run(run, ["image"], [image], outputs);
    float[] h = results[0].GetTensorDataAsSpan<float>().ToArray();
    if (classes.Length == 0) return Results.Json(new { embedding = h });
    float[] p = results[1].GetTensorDataAsSpan<float>().ToArray();
    return Results.Json(new { embedding = h, probabilities = classes.Zip(p, (name, probability) => new { name, probability }) });
});
app.Run();
return 0;
