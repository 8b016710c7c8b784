using System.Globalization;
using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// MNIST and data sets in the same format. The files are <c>train-images-idx3-ubyte</c> and <c>train-labels-idx1-ubyte</c>; those of the
/// test part begin with <c>t10k-</c>. Each may be plain or <c>.gz</c>, and the hyphen before <c>idx</c> may be a point. Gray becomes R = G
/// = B. All images are in memory as RGB. Reading an image copies nothing.
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
        imagesPath = Find(folder, prefix, "images", 3)
            ?? throw new InvalidDataException($"{Path.Combine(folder, prefix)}-images-idx3-ubyte is missing, plain and as .gz.");
        using (var images = new IdxFile(imagesPath, 3))
        {
            (Count, height, width) = (images.Sizes[0], images.Sizes[1], images.Sizes[2]);
            pixels = Load(images);
        }

        labels = LoadLabels(folder, prefix);
        if (labels is not null && labels.Length != Count)
            throw new InvalidDataException(
                $"{folder}: the {prefix} files have {Count} images and {labels.Length} labels. The numbers must be equal.");
        Classes = labels is null ? [] : ClassNames(folder);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>
    /// The lines of <c>class_names.txt</c> if it exists, else the numbers from 0 to the largest label in the folder's label files. Empty if
    /// the part has no label file.
    /// </summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>
    /// Loads one part. Pretraining means the training part, including images without a label (−1). The other parts are the labelled images
    /// if there are any.
    /// </summary>
    /// <param name="folder">The folder of the files; its name becomes the name of the data set.</param>
    /// <param name="part">Which images.</param>
    /// <exception cref="InvalidDataException">
    /// A file of the part is missing, truncated, too long or not an IDX file. The message names the offset.
    /// </exception>
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
            throw new InvalidDataException(
                $"{imagesPath}: {Count} images of {width} × {height} are more than fit in one array of {Array.MaxLength} bytes as RGB.");

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
            if (labels[i] is < -1 or > HighestLabel) throw new InvalidDataException(
                $"{path}: label {labels[i]} of image {i} is not a class: 0 to {HighestLabel}, or −1 for none.");
        }
        file.ExpectEnd();
        return labels;
    }

    // The names cover both parts: training and test part then agree, whichever labels each has.
    private static string[] ClassNames(string folder)
    {
        int count = 1 + new[] { "train", "t10k" }.Max(prefix => LoadLabels(folder, prefix)?.Max() ?? -1);
        return RecordFile.ReadNames(Path.Combine(
            folder, "class_names.txt"), [.. Enumerable.Range(0, count).Select(label => label.ToString(CultureInfo.InvariantCulture))]);
    }
}
