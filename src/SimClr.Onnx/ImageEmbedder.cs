using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;
using SimClr.Images;
using SimClr.IO;

namespace SimClr.Onnx;

/// <summary>
/// A trained encoder in an ONNX file: images in, vectors out, without libtorch. Images are prepared as in training: the same decoder,
/// orientation, crop, filter and normalisation.
/// </summary>
/// <remarks>
/// All members are thread-safe. At most <see cref="ImageEmbedderOptions.MaxConcurrency"/> calls compute at once and the others wait, so
/// memory is bounded. <see cref="Dispose"/> waits for running calls.
/// </remarks>
public sealed partial class ImageEmbedder : IEmbeddingGenerator<DataContent, Embedding<float>>
{
    private readonly EncoderGraph graph;
    private readonly ImageEmbedderOptions options;
    private readonly SemaphoreSlim gate;
    private readonly ConcurrentBag<ImagePreparer> preparers = [];
    private int disposed;

    private ImageEmbedder(string path, ImageEmbedderOptions options)
    {
        options.Validate();
        RegularFile.Require(path);
        string? wrong = File.Exists(path) ? null : Directory.Exists(path) ? "is a folder, not a file" : "does not exist";
        if (wrong is not null) throw new FileNotFoundException($"{path} {wrong}. simclr export writes such a file.", path);
        this.options = options;
        graph = new EncoderGraph(path, options);
        try
        {
            var metadata = FileMetadata.Read(graph.Metadata, path);
            (Preprocessing, Recipe, Classes) = (Prepared(path, metadata), metadata.Recipe, metadata.Classes);
            if (graph.Classes != Classes.Count)
                throw new InvalidDataException($"{path} has {graph.Classes} probabilities and the names of {Classes.Count} classes.");
            ModelId = Identify(path);
        }
        catch
        {
            graph.Dispose();
            throw;
        }
        gate = new SemaphoreSlim(options.MaxConcurrency, options.MaxConcurrency);
    }

    /// <summary>Loads an encoder.</summary>
    /// <param name="path">
    /// An .onnx file: of <c>simclr export</c>, one that takes decoded pixels, or another one with
    /// <see cref="ImageEmbedderOptions.Preprocessing"/>.
    /// </param>
    /// <param name="options">How it is used; by default as the file says.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or its input or output is not that of an encoder of images.</exception>
    /// <exception cref="ConfigurationException">
    /// The file does not say how images are prepared and the options do not either, a batch is too large, or ONNX Runtime's native library
    /// is missing.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static ImageEmbedder Load(string path, ImageEmbedderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new ImageEmbedder(path, options ?? new ImageEmbedderOptions());
    }

    /// <summary>D, the length of a vector.</summary>
    public int Dimensions => graph.Dimensions;

    /// <summary>
    /// How images are prepared; the image size is S. If a file prepares its images inside and does not say how, it has the defaults.
    /// </summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>The options of the training as YAML; null if the file does not have them.</summary>
    public string? Recipe { get; }

    /// <summary>The names of the classes; empty if the file has no classifier.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>
    /// Identifies the vectors: a SHA-256 over the file with its weights, the preprocessing, the output and the normalisation, in lower-case
    /// hexadecimal. Vectors of different ids must not be compared, so keep it beside stored vectors.
    /// </summary>
    public string ModelId { get; }

    /// <summary>Waits for running calls and frees the session. Later calls throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 1) return;
        for (int i = 0; i < options.MaxConcurrency; i++) gate.Wait();
        graph.Dispose();
        gate.Release(options.MaxConcurrency);
    }

    private Preprocessing Prepared(string path, FileMetadata metadata)
    {
        if (graph.TakesPixels && options.Preprocessing is not null)
            throw new ConfigurationException($"{path} prepares its images inside: leave ImageEmbedderOptions.Preprocessing out.");
        if (graph.TakesPixels) return (metadata.Preprocessing ?? new Preprocessing()).ForChannels(graph.Channels);
        var preprocessing = options.Preprocessing ?? metadata.Preprocessing ?? throw new ConfigurationException(
            $"{path} does not say how images are prepared: set ImageEmbedderOptions.Preprocessing, for example " +
            $"Preprocessing.ImageNet with {{ ImageSize = 224 }}.");
        if (preprocessing.ImageSize == 0) preprocessing = preprocessing with { ImageSize = graph.Side };
        if (preprocessing.ImageSize == 0)
            throw new ConfigurationException($"{path} takes images of any size: set the ImageSize of ImageEmbedderOptions.Preprocessing.");
        if (graph.Side > 0 && preprocessing.ImageSize != graph.Side)
            throw new ConfigurationException($"{path} takes images of {graph.Side} × {graph.Side} pixels, " +
                $"not the {preprocessing.ImageSize} × {preprocessing.ImageSize} of its preprocessing.");
        int side = preprocessing.ImageSize, batch = graph.Batch > 0 ? graph.Batch : options.BatchSize;
        if ((double)sizeof(float) * batch * graph.Channels * side * side > ImageEmbedderOptions.LargestBatch)
        {
            string why = graph.Batch > 0 ? "the file fixes the size of its batches" : "set a smaller ImageEmbedderOptions.BatchSize";
            throw new ConfigurationException($"{path}: a batch of {batch} images of {graph.Channels} × {side} × {side} values takes " +
                $"more than 1 GiB: {why}.");
        }
        return preprocessing.ForChannels(graph.Channels);
    }

    private string Identify(string path)
    {
        string settings = $"{ModelFile.Sha256(path)}\n{Preprocessing.Description}\n{options.Output}\n{options.Normalize}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings)));
    }
}
