// A web service for a trained encoder, without libtorch: embeddings, classes, similar images. simclr export writes the .onnx file.
//   dotnet run --project samples/EmbeddingService -c Release -- encoder.onnx --urls http://127.0.0.1:5000 --images my-photos
//   curl --data-binary @cat.jpg http://127.0.0.1:5000/embed
//   curl -F image=@cat.jpg -F image=@dog.jpg http://127.0.0.1:5000/search
// Deploy: dotnet publish samples/EmbeddingService -c Release -o service. docs/applications.md has the settings, limits and figures.
using EmbeddingService;
using SimClr;
using SimClr.Images;
using SimClr.Onnx;

string? first = args is [var file, ..] && !file.StartsWith('-') ? file : null;
string[] options = first is null ? args : args[1..];
var builder = WebApplication.CreateSlimBuilder(options);
builder.Configuration.AddEnvironmentVariables("SIMCLR_").AddCommandLine(options); // or appsettings.json
string encoder = first ?? builder.Configuration["encoder"] ?? "encoder.onnx";
long bytes = builder.Configuration.GetValue("megabytes", 20) * 1_000_000L;
ImageDecoder.MaxPixels = builder.Configuration.GetValue("megapixels", 50) * 1_000_000L;

ImageEmbedder embedder;
ImageIndex index;
try
{
    embedder = ImageEmbedder.Load(encoder, new ImageEmbedderOptions
    {
        MaxConcurrency = builder.Configuration.GetValue("concurrency", Environment.ProcessorCount),
    });
    index = await ImageIndex.OfFolder(builder.Configuration["images"], embedder);
}
catch (Exception e) when (e is IOException or InvalidDataException or ConfigurationException or ArgumentOutOfRangeException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

builder.Services.AddImageLimits(bytes, builder.Configuration.GetValue("requests", 64));
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, Answers.Default));
builder.Services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context =>
    context.ProblemDetails.Detail ??= context.Exception is { } e && IsTheirs(e) ? e.Message : null);
builder.Services.AddOpenApi();

await using var app = builder.Build();
app.UseExceptionHandler(new ExceptionHandlerOptions
{
    StatusCodeSelector = e => e is BadHttpRequestException bad ? bad.StatusCode
        : e is InvalidDataException ? StatusCodes.Status415UnsupportedMediaType : StatusCodes.Status500InternalServerError,
    SuppressDiagnosticsCallback = context => IsTheirs(context.Exception),
});
app.UseStatusCodePages();
app.UseRateLimiter();
app.MapOpenApi();
app.MapGet("/health", () => new Health("ok", embedder.ModelId, embedder.Dimensions, embedder.Classes.Count, index.Count));
app.MapImages("/embed", embedder, (name, image) => new Answer(name, Embedding: image.Vector));
if (embedder.Classes.Count > 0) app.MapImages("/classify", embedder, (name, image) => new Answer(name, Classes: embedder.Ranked(image)));
if (index.Count > 0) app.MapImages("/search", embedder, (name, image) => new Answer(name, Similar: index.Nearest(image.Vector.Span, 10)));
await app.RunAsync();
embedder.Dispose(); // after the last request
return 0;

static bool IsTheirs(Exception e) => e is BadHttpRequestException or InvalidDataException or OperationCanceledException;
