using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.IO;

namespace SimClr.Onnx;

// Images → vectors. Every way in becomes ImageInputs, and these are decoded, prepared and encoded by Compute.
public sealed partial class ImageEmbedder
{
    /// <summary>Encodes an image file.</summary>
    /// <param name="file">The path of an image in a format that <see cref="ImageDecoder"/> supports.</param>
    /// <param name="cancellationToken">Stops waiting and computing.</param>
    /// <returns>The vector (D); owned by the caller.</returns>
    /// <exception cref="InvalidDataException">The image is damaged, too large, or no regular file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="ConfigurationException">ONNX Runtime fails, whatever the image; the message names the encoder's file.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public float[] Embed(string file, CancellationToken cancellationToken = default) => VectorOf(One(OfFile(file), cancellationToken));

    /// <summary>Encodes an encoded image in memory; see <see cref="Embed(string, CancellationToken)"/>.</summary>
    /// <param name="encoded">The bytes of a JPEG, PNG or another format that <see cref="ImageDecoder"/> supports; borrowed.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <param name="cancellationToken">Stops waiting and computing.</param>
    /// <returns>The vector (D); owned by the caller.</returns>
    /// <exception cref="InvalidDataException">The image is damaged or too large.</exception>
    public float[] Embed(ReadOnlyMemory<byte> encoded, string name = "the image", CancellationToken cancellationToken = default) =>
        VectorOf(One(OfBytes(encoded, name), cancellationToken));

    /// <summary>Encodes an image from a stream, which is read to its end; see <see cref="Embed(string, CancellationToken)"/>.</summary>
    /// <param name="encoded">The stream; borrowed, and left open. Its bytes are held in memory: bound them where they come from.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <param name="cancellationToken">Stops waiting and computing.</param>
    /// <returns>The vector (D); owned by the caller.</returns>
    /// <exception cref="InvalidDataException">The image is damaged or too large.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public float[] Embed(Stream encoded, string name = "the image", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        using var bytes = new MemoryStream();
        encoded.CopyTo(bytes);
        return Embed(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), name, cancellationToken);
    }

    /// <summary>
    /// Encodes an image from a stream, which is read asynchronously to its end, as the body of a request must be; see
    /// <see cref="Embed(string, CancellationToken)"/>.
    /// </summary>
    /// <param name="encoded">The stream; borrowed, and left open. Its bytes are held in memory: bound them where they come from.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <param name="cancellationToken">Stops reading, waiting and computing.</param>
    /// <returns>The vector (D); owned by the caller.</returns>
    /// <exception cref="InvalidDataException">The image is damaged or too large.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public async Task<float[]> EmbedAsync(Stream encoded, string name = "the image", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        using var bytes = new MemoryStream();
        await encoded.CopyToAsync(bytes, cancellationToken).ConfigureAwait(false);
        var input = OfBytes(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), name);
        return VectorOf(Whole((await Start([input], cancellationToken).ConfigureAwait(false))[0]));
    }

    /// <summary>Encodes pixels; see <see cref="Embed(string, CancellationToken)"/>.</summary>
    /// <param name="image">The upright image; borrowed. Colours become gray if the encoder takes one channel.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <param name="cancellationToken">Stops waiting and computing.</param>
    /// <returns>The vector (D); owned by the caller.</returns>
    /// <exception cref="InvalidDataException">
    /// The image has another number of channels than the encoder takes, or it has more than 8 bits and the file prepares its images inside.
    /// </exception>
    public float[] Embed(DecodedImage image, string name = "the image", CancellationToken cancellationToken = default) =>
        VectorOf(One(new ImageInput(name, _ => image), cancellationToken));

    /// <summary>Encodes and classifies an image file, if the file of the encoder has a classifier.</summary>
    /// <param name="file">The path of an image in a format that <see cref="ImageDecoder"/> supports.</param>
    /// <param name="cancellationToken">Stops waiting and computing.</param>
    /// <returns>Every class with its probability, the most probable first.</returns>
    /// <exception cref="InvalidOperationException">There is no classifier (<see cref="Classes"/> is empty).</exception>
    /// <exception cref="InvalidDataException">The image is damaged, too large, or no regular file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public IReadOnlyList<ClassProbability> Classify(string file, CancellationToken cancellationToken = default) =>
        Ranked(One(OfFile(file), cancellationToken));

    /// <summary>Encodes and classifies an encoded image in memory; see <see cref="Classify(string, CancellationToken)"/>.</summary>
    /// <param name="encoded">The bytes of a JPEG, PNG or another format that <see cref="ImageDecoder"/> supports; borrowed.</param>
    /// <param name="name">Its name in error messages.</param>
    /// <param name="cancellationToken">Stops waiting and computing.</param>
    /// <returns>Every class with its probability, the most probable first.</returns>
    /// <exception cref="InvalidOperationException">There is no classifier.</exception>
    /// <exception cref="InvalidDataException">The image is damaged or too large.</exception>
    public IReadOnlyList<ClassProbability> Classify(
        ReadOnlyMemory<byte> encoded, string name = "the image", CancellationToken cancellationToken = default) =>
        Ranked(One(OfBytes(encoded, name), cancellationToken));

    /// <summary>The classes of an image of a batch, if the file of the encoder has a classifier.</summary>
    /// <param name="image">A result of this object without <see cref="EmbeddedImage.Error"/>.</param>
    /// <returns>Every class with its probability, the most probable first.</returns>
    /// <exception cref="InvalidOperationException">There is no classifier.</exception>
    public IReadOnlyList<ClassProbability> Ranked(EmbeddedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (Classes.Count == 0)
            throw new InvalidOperationException("The file has no classifier: simclr export --classifier DATA adds one.");
        return [.. MemoryMarshal.ToEnumerable(image.Probabilities).Select((p, c) => new ClassProbability(Classes[c], p))
            .OrderByDescending(entry => entry.Probability)];
    }

    /// <summary>
    /// Encodes image files, in their order. While one batch is encoded, others are decoded. Memory does not grow with their number.
    /// </summary>
    /// <param name="files">Paths; enumerated as the results are.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>One result per file; a damaged or missing file has an <see cref="EmbeddedImage.Error"/> and stops nothing.</returns>
    /// <exception cref="ConfigurationException">ONNX Runtime fails, whatever the image; the message names the encoder's file.</exception>
    public IAsyncEnumerable<EmbeddedImage> EmbedAsync(IEnumerable<string> files, CancellationToken cancellationToken = default) =>
        All(files.Select(OfFile), cancellationToken);

    /// <summary>
    /// Encodes encoded images in memory, in their order; see <see cref="EmbedAsync(IEnumerable{string}, CancellationToken)"/>.
    /// </summary>
    /// <param name="encoded">The bytes of each; borrowed; enumerated as the results are.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>One result per image, named by its position.</returns>
    public IAsyncEnumerable<EmbeddedImage> EmbedAsync(
        IEnumerable<ReadOnlyMemory<byte>> encoded, CancellationToken cancellationToken = default) =>
        All(encoded.Select((bytes, i) => OfBytes(bytes, $"image {i}")), cancellationToken);

    /// <summary>Encodes the images of a data set, in order; see <see cref="EmbedAsync(IEnumerable{string}, CancellationToken)"/>.</summary>
    /// <param name="images">Borrowed until the last result.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>One result per image.</returns>
    public IAsyncEnumerable<EmbeddedImage> EmbedAsync(IImageDataset images, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (!Preprocessing.Decoding.Equals(new DecodeOptions()))
            images = EncoderImages.For(images, graph.Channels, Preprocessing.Decoding);
        var inputs = Enumerable.Range(0, images.Count).Select(i => new ImageInput(images.Describe(i), buffer => images.Read(i, buffer)));
        return All(inputs, cancellationToken);
    }

    private ImageInput OfFile(string file) => new(file, buffer =>
    {
        RegularFile.Require(file);
        return ImageDecoder.Read(file, buffer, Preprocessing.Decoding);
    });

    private ImageInput OfBytes(ReadOnlyMemory<byte> encoded, string name) =>
        new(name, buffer => ImageDecoder.Decode(encoded.Span, name, buffer, Preprocessing.Decoding));

    private static float[] VectorOf(EmbeddedImage image) => MemoryMarshal.TryGetArray(image.Vector, out var array) ? array.Array! : [];

    private EmbeddedImage One(ImageInput input, CancellationToken cancellationToken)
    {
        gate.Wait(cancellationToken);
        try
        {
            return Whole(Compute([input], cancellationToken)[0]);
        }
        finally
        {
            gate.Release();
        }
    }

    private static EmbeddedImage Whole(EmbeddedImage image)
    {
        if (image.Error is { } error) ExceptionDispatchInfo.Throw(error);
        return image;
    }

    // A queue of running batches, in order: no more than can compute at once, and one that waits.
    private async IAsyncEnumerable<EmbeddedImage> All(
        IEnumerable<ImageInput> inputs, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var running = new Queue<Task<EmbeddedImage[]>>();
        try
        {
            foreach (var batch in inputs.Chunk(graph.Batch > 0 ? graph.Batch : options.BatchSize))
            {
                running.Enqueue(Start(batch, cancellationToken));
                if (running.Count <= options.MaxConcurrency) continue;
                foreach (var image in await running.Dequeue().ConfigureAwait(false)) yield return image;
            }
            while (running.TryDequeue(out var last))
            {
                foreach (var image in await last.ConfigureAwait(false)) yield return image;
            }
        }
        finally
        {
            // If the caller stops early, nothing goes on in the background.
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<EmbeddedImage[]> Start(ImageInput[] batch, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Compute(batch, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }
}
