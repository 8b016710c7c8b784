using System.Runtime.ExceptionServices;
using Microsoft.Extensions.AI;
using Microsoft.ML.OnnxRuntime;
using SimClr.Images;

namespace SimClr.Onnx;

// What Microsoft.Extensions.AI expects of a generator of embeddings.
public sealed partial class ImageEmbedder
{
    private const string Provider = "simclr";

    private EmbeddingGeneratorMetadata Metadata => new(Provider, null, ModelId, Dimensions);

    /// <summary>Encodes images for Microsoft.Extensions.AI. Without blocking a thread while it waits.</summary>
    /// <param name="values">Encoded images. Their bytes decide the format, not their media type.</param>
    /// <param name="options">
    /// Nothing of it is needed. Another number of dimensions or another model than <see cref="ModelId"/> is refused.
    /// </param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>
    /// A vector per image, in order, with its model. The usage has the count <c>images</c>; there are no tokens.
    /// </returns>
    /// <exception cref="InvalidDataException">An image is damaged or too large; the message names it.</exception>
    /// <exception cref="ArgumentException">The options ask for other vectors.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.Dimensions is { } dimensions && dimensions != Dimensions)
            throw new ArgumentException($"The vectors of this encoder have {Dimensions} dimensions, not {dimensions}.", nameof(options));
        if (options?.ModelId is { } model && model != ModelId)
            throw new ArgumentException($"This encoder has the model id {ModelId}, not {model}.", nameof(options));

        var embeddings = new GeneratedEmbeddings<Embedding<float>>();
        var inputs = values.Select((content, i) => OfBytes(content.Data, content.Name ?? $"image {i}"));
        await foreach (var image in All(inputs, cancellationToken).ConfigureAwait(false))
        {
            if (image.Error is { } error) ExceptionDispatchInfo.Throw(error);
            embeddings.Add(new Embedding<float>(image.Vector) { ModelId = ModelId });
        }
        embeddings.Usage = new UsageDetails { AdditionalCounts = new() { ["images"] = embeddings.Count } };
        return embeddings;
    }

    /// <summary>
    /// This object, its <see cref="EmbeddingGeneratorMetadata"/> (provider <c>simclr</c>, model id, dimensions), its
    /// <see cref="Preprocessing"/>, or its <see cref="InferenceSession"/> (owned by this object).
    /// </summary>
    /// <param name="serviceType">The type that is wanted.</param>
    /// <param name="serviceKey">Must be null.</param>
    /// <returns>Null for every other type or key.</returns>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? Metadata
            : serviceType == typeof(Preprocessing) ? Preprocessing
            : serviceType == typeof(InferenceSession) ? graph.Session
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }
}
