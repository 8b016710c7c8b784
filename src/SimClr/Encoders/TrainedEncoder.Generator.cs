using Microsoft.Extensions.AI;
using SimClr.Images;
using SimClr.Models;

namespace SimClr.Encoders;

// What Microsoft.Extensions.AI expects of a generator of embeddings.
public sealed partial class TrainedEncoder : IEmbeddingGenerator<DataContent, Embedding<float>>
{
    private readonly Lazy<string> modelId;

    /// <summary>
    /// Identifies the vectors: a SHA-256 over the encoder, its weights and the preprocessing, in lower-case hexadecimal. Vectors of
    /// different ids must not be compared, so keep it beside stored vectors. An ONNX file of this encoder has an id of its own.
    /// </summary>
    public string ModelId => modelId.Value;

    /// <summary>Encodes images for Microsoft.Extensions.AI, on a thread of the pool. Thread-safe, as <see cref="Embed(string)"/>.</summary>
    /// <param name="values">Encoded images. Their bytes decide the format, not their media type.</param>
    /// <param name="options">
    /// Nothing of it is needed. Another number of dimensions or another model than <see cref="ModelId"/> is refused.
    /// </param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <returns>
    /// h of each image, in order, with its model. The usage has the count <c>images</c>; there are no tokens.
    /// </returns>
    /// <exception cref="InvalidDataException">An image is damaged or too large; the message names it.</exception>
    /// <exception cref="ArgumentException">The options ask for other vectors.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.Dimensions is { } dimensions && dimensions != Dimensions)
            throw new ArgumentException($"The vectors of this encoder have {Dimensions} dimensions, not {dimensions}.", nameof(options));
        if (options?.ModelId is { } model && model != ModelId)
            throw new ArgumentException($"This encoder has the model id {ModelId}, not {model}.", nameof(options));
        return Task.Run(() =>
        {
            var embeddings = new GeneratedEmbeddings<Embedding<float>>();
            foreach (var (i, content) in values.Index())
            {
                cancellationToken.ThrowIfCancellationRequested();
                embeddings.Add(new(Embed(content.Data.Span, content.Name ?? $"image {i}")) { ModelId = ModelId });
            }
            embeddings.Usage = new UsageDetails { AdditionalCounts = new() { ["images"] = embeddings.Count } };
            return embeddings;
        }, cancellationToken);
    }

    /// <summary>
    /// This object, its <see cref="EmbeddingGeneratorMetadata"/> (provider <c>simclr</c>, model id, dimensions), or its
    /// <see cref="Preprocessing"/>.
    /// </summary>
    /// <param name="serviceType">The type that is wanted.</param>
    /// <param name="serviceKey">Must be null.</param>
    /// <returns>Null for every other type or key.</returns>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata("simclr", null, ModelId, Dimensions)
            : serviceType == typeof(Preprocessing) ? Options.Preprocessing
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    private string Identify() => ModelState.Identify(Model.Encoder, Options.Preprocessing);
}
