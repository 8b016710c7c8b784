using System.Globalization;
using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// MNIST and the sets made in its image: <c>train-images-idx3-ubyte</c>, <c>train-labels-idx1-ubyte</c> and the same
/// with <c>t10k-</c> for the test part, each plain or as <c>.gz</c>, the last hyphen before <c>idx</c> also as a point.
/// Gray becomes R = G = B. All images lie in memory as RGB; reading one copies nothing.
/// </summary>
/// <remarks>Safe to read from several threads at once.</remarks>
public sealed class IdxDataset : IImageDataset
{
    private const int HighestLabel = 1_000_000;

    private readonly string imagesPath;
    private readonly int[]? labels;
    private readonly byte[] pixels;
    private readonly int width;
    private readonly int height;

    private IdxDataset(string folder, DatasetPart part)
    {
        var prefix = Prefix(part);
        Name = $"{new DirectoryInfo(folder).Name} {(part == DatasetPart.Test ? "test" : "train")}";
        imagesPath = Find(folder, prefix, "images", 3) ?? throw new InvalidDataException($"{Path.Combine(folder, prefix)}-images-idx3-ubyte is missing, plain and as .gz.");
        using (var images = new IdxFile(imagesPath, 3))
        {
            (Count, height, width) = (images.Sizes[0], images.Sizes[1], images.Sizes[2]);
            pixels = Load(images);
        }

        labels = LoadLabels(folder, prefix);
        if (labels is not null && labels.Length != Count)
            throw new InvalidDataException($"{folder}: the {prefix} files have {Count} images and {labels.Length} labels; the numbers must be equal.");
        Classes = labels is null ? [] : ClassNames(folder);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>
    /// The lines of <c>class_names.txt</c> where the folder has one, else the labels as numbers, from 0 to the largest
    /// in the folder's label files; empty where the part has no label file.
    /// </summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Loads one part. Pretraining is the training part, images without a label (−1) among them; the others are the labelled images where there are any.</summary>
    /// <param name="folder">The folder that holds the files; its name becomes the data set's.</param>
    /// <param name="part">Which images.</param>
    /// <exception cref="InvalidDataException">A file of the part is missing, truncated, too long or no IDX file; named with the offset.</exception>
    public static IImageDataset Open(string folder, DatasetPart part) =>
        part == DatasetPart.Pretraining ? new IdxDataset(folder, part) : SubsetDataset.OfLabelled(new IdxDataset(folder, part));

    /// <inheritdoc/>
    public int Label(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return labels is null ? -1 : labels[index];
    }

    /// <inheritdoc/>
    public string Describe(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return $"{imagesPath}, image {index}";
    }

    /// <inheritdoc/>
    public DecodedImage Read(int index)
    {
        int bytes = 3 * width * height;
        return new DecodedImage(pixels.AsMemory(index * bytes, bytes), width, height);
    }

    internal static bool IsIn(string folder) => Find(folder, Prefix(DatasetPart.Train), "images", 3) is not null || HasTest(folder);

    internal static bool HasTest(string folder) => Find(folder, Prefix(DatasetPart.Test), "images", 3) is not null;

    private static string Prefix(DatasetPart part) => part == DatasetPart.Test ? "t10k" : "train";

    private static string? Find(string folder, string prefix, string what, int dimensions) =>
        new[] { "-", "." }
            .SelectMany(dash => new[] { "", ".gz" }.Select(end => Path.Combine(folder, $"{prefix}-{what}{dash}idx{dimensions}-ubyte{end}")))
            .FirstOrDefault(File.Exists);

    private byte[] Load(IdxFile images)
    {
        if (3L * width * height * Count > Array.MaxLength)
            throw new InvalidDataException($"{imagesPath}: {Count} images of {width} × {height} are more than fit in one array of {Array.MaxLength} bytes as RGB.");

        var gray = new byte[width * height];
        var rgb = GC.AllocateUninitializedArray<byte>(3 * gray.Length * Count);
        for (int i = 0, o = 0; i < Count; i++)
        {
            images.Read(gray);
            foreach (byte value in gray)
            {
                rgb[o] = rgb[o + 1] = rgb[o + 2] = value;
                o += 3;
            }
        }

        images.ExpectEnd();
        return rgb;
    }

    private static int[]? LoadLabels(string folder, string prefix)
    {
        if (Find(folder, prefix, "labels", 1) is not { } path) return null;
        using var file = new IdxFile(path, 1, anyWhole: true);
        var labels = new int[file.Sizes[0]];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = file.ReadNumber();
            if (labels[i] is < -1 or > HighestLabel) throw new InvalidDataException($"{path}: label {labels[i]} of image {i} is no class: from 0 to {HighestLabel}, or −1 for none.");
        }
        file.ExpectEnd();
        return labels;
    }

    // Over both parts, so that the training and the test part agree whatever labels each happens to have.
    private static string[] ClassNames(string folder)
    {
        int count = 1 + new[] { "train", "t10k" }.Max(prefix => LoadLabels(folder, prefix)?.Max() ?? -1);
        return RecordFile.ReadNames(Path.Combine(folder, "class_names.txt"), [.. Enumerable.Range(0, count).Select(label => label.ToString(CultureInfo.InvariantCulture))]);
    }
}
