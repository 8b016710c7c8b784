using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Images;
using static TorchSharp.torch;

namespace SimClr.Export;

/// <summary>
/// Embeddings of a list of images: computed here and kept in memory, or read block by block from a file of <c>simclr embed</c> or of
/// anybody.
/// </summary>
/// <remarks>One thread at a time.</remarks>
public sealed class EmbeddedImages : IDisposable
{
    private readonly List<int> indices;
    private readonly IDisposable owned;

    private EmbeddedImages(ImageList images, List<int> indices, IFeatureRows rows, IDisposable owned, string weights)
    {
        (Images, this.indices, Rows, this.owned, Weights) = (images, indices, rows, owned, weights);
    }

    /// <summary>All images, including damaged ones.</summary>
    public ImageList Images { get; }

    /// <summary>(M, D) on the CPU: one row per readable image. Borrowed from this object.</summary>
    public IFeatureRows Rows { get; }

    /// <summary>The index of each row's image, in ascending order.</summary>
    public IReadOnlyList<int> Indices => indices;

    /// <summary>The source of the weights; <c>unknown</c> for a file that does not say it.</summary>
    public string Weights { get; }

    /// <summary>How the images were prepared, for pictures of them; null if that is unknown.</summary>
    public Preprocessing? Prepared { get; private init; }

    /// <summary>Whether the rows are those of images. Otherwise they have numbers alone.</summary>
    public bool HaveImages { get; private init; } = true;

    /// <summary>What the rows are, for messages: <c>images</c> or <c>rows</c>.</summary>
    public string Unit => HaveImages ? "images" : "rows";

    /// <summary>The row of an image.</summary>
    /// <param name="index">The image, from 0 to <c>Images.Count</c> − 1.</param>
    /// <exception cref="ConfigurationException">The image does not exist.</exception>
    /// <exception cref="InvalidDataException">The image is damaged.</exception>
    public int RowOf(int index) =>
        index < 0 || index >= Images.Count
            ? throw new ConfigurationException($"There is no {Unit[..^1]} {index}: " +
                $"{Images.Data.Name} has the {Unit} 0 to {Images.Count - 1}.")
        : indices.BinarySearch(index) is >= 0 and var row ? row
        : throw new InvalidDataException($"Image {index}: {Images.FileOf(index)} is damaged.");

    /// <summary>The label of each row's image; −1 for none.</summary>
    public IReadOnlyList<int> Labels() => [.. Indices.Select(Images.Data.Label)];

    /// <summary>
    /// The k images most similar to one of them, by the cosine of their representations. An image is not its own neighbour.
    /// </summary>
    /// <param name="index">The image.</param>
    /// <param name="k">At least 1. If there are fewer images, all are returned.</param>
    /// <returns>The similar images, nearest first.</returns>
    /// <exception cref="ConfigurationException">The image does not exist.</exception>
    /// <exception cref="InvalidDataException">The image is damaged.</exception>
    public IReadOnlyList<SimilarImage> Nearest(int index, int k)
    {
        int own = RowOf(index);
        using var query = Rows.Read(own, 1);
        return [.. Nearest(query, (int)Math.Min(k + 1L, int.MaxValue)).Where(found => found.Index != index).Take(k)];
    }

    /// <summary>The k images most similar to another image.</summary>
    /// <param name="query">(1, D) float32: the representation of that image (<see cref="Embedder.Encode"/>); borrowed.</param>
    /// <param name="k">At least 1. If there are fewer images, all are returned.</param>
    /// <returns>The similar images, nearest first.</returns>
    /// <exception cref="ArgumentException">The rows have another D, a value is not finite, or k is less than 1.</exception>
    public IReadOnlyList<SimilarImage> Nearest(Tensor query, int k)
    {
        using var scope = NewDisposeScope();
        var (cosines, rows) = NearestNeighbours.Find(Rows, query, k);
        return [.. rows.data<long>().ToArray()
            .Zip(cosines.data<float>().ToArray(), (row, cosine) => new SimilarImage(Indices[(int)row], cosine))];
    }

    /// <summary>Encodes every readable image.</summary>
    /// <param name="images">The images.</param>
    /// <param name="embedder">The encoder; borrowed.</param>
    /// <param name="messages">Hears the progress and the damaged images.</param>
    /// <exception cref="InvalidDataException">No image can be read, or more than half are damaged.</exception>
    public static EmbeddedImages Compute(ImageList images, Embedder embedder, IMessages messages)
    {
        var extractor = new FeatureExtractor(images.Data);
        using var values = empty(images.Count, embedder.Dimensions); // the final memory, allocated once
        var indices = new List<int>();
        _ = messages.Progress("images", images.Count, report =>
        {
            foreach (var batch in embedder.Batches(extractor))
            {
                using (batch)
                {
                    using var place = values.narrow(0, indices.Count, batch.Readable.Count);
                    if (batch.Readable.Count > 0) place.copy_(batch.Values);
                    indices.AddRange(batch.Readable);
                }
                report(batch.End, "");
            }
            return 0;
        });
        DamagedImageLog.WriteAll(extractor.BadImages, messages);
        if (indices.Count == 0) throw new InvalidDataException($"None of the {images.Count} images of {images.Data.Name} can be read.");
        var all = values.narrow(0, 0, indices.Count);
        return new EmbeddedImages(images, indices, new TensorRows(all), all, embedder.Weights) { Prepared = embedder.Preprocessing };
    }

    /// <summary>Reads the embeddings of these images from a file of <c>simclr embed</c>.</summary>
    /// <param name="path">An NPY file.</param>
    /// <param name="manifest">The manifest of the file.</param>
    /// <param name="images">The images; they must be those of the file.</param>
    public static EmbeddedImages Read(string path, EmbeddingManifest manifest, ImageList images)
    {
        using var file = new NpyReader(path);
        if (file.Header.Rows != manifest.Images || file.Header.Columns != manifest.Dimensions)
            throw new InvalidDataException($"{path} is a matrix of {file.Header.Rows} × {file.Header.Columns}; " +
                $"{EmbeddingOutput.ManifestOf(path)} says {manifest.Images} × {manifest.Dimensions}.");
        manifest.Require(manifest with { Data = images.Data.Name, DataSha256 = images.Sha256() }, path);
        var indices = new List<int>();
        var row = new float[file.Header.Columns];
        for (int i = 0; i < images.Count; i++)
        {
            file.Read(i, row);
            if (!float.IsNaN(row[0])) indices.Add(i); // else the image is damaged
        }
        if (indices.Count == 0) throw new InvalidDataException($"{path}: all {images.Count} images are damaged.");
        var rows = new NpyRows(path, indices.Count == images.Count ? null : indices);
        return new EmbeddedImages(images, indices, rows, rows, manifest.Weights)
        {
            Prepared = new Preprocessing { ImageSize = manifest.ImageSize, ValueRange = manifest.ValueRange ?? [] },
        };
    }

    /// <summary>Opens anybody's NPY file, which nothing describes: its rows have numbers, no images and no labels.</summary>
    /// <param name="path">An NPY file with a matrix of float16, float32 or float64.</param>
    /// <exception cref="InvalidDataException">It is not such a file, or is cut off.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static EmbeddedImages Open(string path)
    {
        var rows = new NpyRows(path);
        var images = new ImageList(path, null, [("file", new NumberedRows(path, rows.Count))]);
        return new EmbeddedImages(images, [.. Enumerable.Range(0, rows.Count)], rows, rows, "unknown") { HaveImages = false };
    }

    /// <summary>Frees the values, or closes the file.</summary>
    public void Dispose() => owned.Dispose();
}
