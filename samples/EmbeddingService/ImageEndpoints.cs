using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.OpenApi;
using SimClr.Onnx;

namespace EmbeddingService;

/// <summary>Endpoints that take images, and what protects them.</summary>
internal static class ImageEndpoints
{
    /// <summary>Limits the bytes of a request, and the requests at once: further ones get 503 before their body is read.</summary>
    public static IServiceCollection AddImageLimits(this IServiceCollection services, long bytes, int requests) => services
        .Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = bytes)
        .Configure<FormOptions>(form => form.MultipartBodyLengthLimit = bytes)
        .AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status503ServiceUnavailable;
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, bool>(context => HttpMethods.IsPost(context.Request.Method)
                ? RateLimitPartition.GetConcurrencyLimiter(true, _ => new() { PermitLimit = requests })
                : RateLimitPartition.GetNoLimiter(false));
        });

    /// <summary>An endpoint whose body is one image, or a form with some.</summary>
    public static void MapImages(
        this WebApplication app, string path, ImageEmbedder embedder, Func<string, EmbeddedImage, Answer> answer) =>
        app.MapPost(path, async (HttpRequest request, CancellationToken cancellationToken) =>
        {
            var images = await ReadAsync(request, cancellationToken);
            var answers = new List<Answer>();
            await foreach (var image in embedder.EmbedAsync(images.Select(entry => entry.Bytes), cancellationToken))
            {
                string name = images[answers.Count].Name;
                if (image.Error is { } error) throw new InvalidDataException($"{name} cannot be decoded whole: {error.Message}", error);
                answers.Add(answer(name, image));
            }
            return answers;
        }).AddOpenApiOperationTransformer((operation, _, _) =>
        {
            OpenApiMediaType image = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } };
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { ["image/*"] = image, ["multipart/form-data"] = image },
            };
            return Task.CompletedTask;
        }).ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    // The type is not asked for: curl --data-binary says that it sends a form, and the bytes say what they are.
    private static async Task<List<(string Name, ReadOnlyMemory<byte> Bytes)>> ReadAsync(
        HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) != true)
            return [("the body", await BytesAsync(request.Body, cancellationToken))];
        var images = new List<(string, ReadOnlyMemory<byte>)>();
        foreach (var part in (await request.ReadFormAsync(cancellationToken)).Files)
        {
            await using var stream = part.OpenReadStream();
            images.Add((part.FileName, await BytesAsync(stream, cancellationToken)));
        }
        return images.Count > 0 ? images : throw new InvalidDataException("The form has no file.");
    }

    private static async Task<ReadOnlyMemory<byte>> BytesAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, cancellationToken);
        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }
}
