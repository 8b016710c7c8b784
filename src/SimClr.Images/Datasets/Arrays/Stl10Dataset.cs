using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// STL-10 (Coates, Ng and Lee 2011) in the binary format. Images are three planes R, G, B of 96 × 96, stored column by column; the labels 1
/// to 10 are in a file of their own. Images are read on demand and never kept: the unlabelled part alone would be 2.8 GB.
/// </summary>
/// <remarks>Safe to read from several threads at once.</remarks>
public sealed class Stl10Dataset : IImageDataset
{
    private const int Side = 96;
    private const int Plane = Side * Side;
    private const int ImageBytes = 3 * Plane;
    private const string UnlabeledFile = "unlabeled_X.bin";

    private static readonly string[] BuiltInNames =
        ["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"];

    private readonly byte[] labels;
    private readonly string labelledPath;
    private readonly string unlabelledPath;

    private Stl10Dataset(string folder, DatasetPart part)
    {
        var name = part == DatasetPart.Test ? "test" : "train";
        labelledPath = Path.Combine(folder, $"{name}_X.bin");
        unlabelledPath = Path.Combine(folder, UnlabeledFile);
        Classes = RecordFile.ReadNames(Path.Combine(folder, "class_names.txt"), BuiltInNames);

        bool more = part == DatasetPart.Pretraining && File.Exists(unlabelledPath);
        bool alone = more && !File.Exists(labelledPath);
        labels = alone ? [] : LoadLabels(Path.Combine(folder, $"{name}_y.bin"), Classes.Count);
        int labelled = alone ? 0 : RecordFile.Count(labelledPath, ImageBytes);
        if (labels.Length != labelled)
            throw new InvalidDataException(
                $"{folder}: {name}_X.bin has {labelled} images and {name}_y.bin {labels.Length} labels. The numbers must be equal.");

        long total = labelled + (more ? (long)RecordFile.Count(unlabelledPath, ImageBytes) : 0);
        Count = total <= Array.MaxLength ? (int)total
            : throw new InvalidDataException($"{folder}: {total} images are more than the {Array.MaxLength} that are read.");
        Name = "STL-10 " + (alone ? "unlabeled" : more ? $"{name} and unlabeled" : name);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>
    /// Opens one part. Pretraining means the labelled training images, then the unlabelled ones (label −1), as far as the folder has them.
    /// </summary>
    /// <param name="folder">The folder that holds <c>train_X.bin</c>.</param>
    /// <param name="part">Which images.</param>
    /// <exception cref="InvalidDataException">
    /// A file of the part is missing, empty or truncated, or a label is out of range. The message names the offset.
    /// </exception>
    public static Stl10Dataset Open(string folder, DatasetPart part) => new(folder, part);

    /// <inheritdoc/>
    public int Label(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return index < labels.Length ? labels[index] - 1 : -1;
    }

    /// <inheritdoc/>
    public string Describe(int index)
    {
        var (path, record) = Locate(index);
        return $"{path}, record {record} at offset {(long)record * ImageBytes}";
    }

    /// <inheritdoc/>
    public DecodedImage Read(int index)
    {
        var (path, record) = Locate(index);
        Span<byte> planes = stackalloc byte[ImageBytes];
        using var file = RegularFile.OpenHandle(path);
        long offset = (long)record * ImageBytes;
        for (int read = 0; read < ImageBytes;)
        {
            int more = RandomAccess.Read(file, planes[read..], offset + read);
            if (more == 0)
                throw new InvalidDataException($"{path}: the file ends at offset {offset + read}, within the image at offset {offset}.");
            read += more;
        }

        var rgb = GC.AllocateUninitializedArray<byte>(ImageBytes);
        for (int y = 0, o = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++, o += 3)
            {
                int p = x * Side + y;
                rgb[o] = planes[p];
                rgb[o + 1] = planes[Plane + p];
                rgb[o + 2] = planes[2 * Plane + p];
            }
        }

        return new DecodedImage(rgb, Side, Side);
    }

    internal static bool IsIn(string folder) =>
        File.Exists(Path.Combine(folder, "train_X.bin")) || File.Exists(Path.Combine(folder, UnlabeledFile)) || HasTest(folder);

    internal static bool HasTest(string folder) => File.Exists(Path.Combine(folder, "test_X.bin"));

    private (string Path, int Record) Locate(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return index < labels.Length ? (labelledPath, index) : (unlabelledPath, index - labels.Length);
    }

    private static byte[] LoadLabels(string path, int classes)
    {
        RecordFile.Count(path, recordBytes: 1);
        var labels = RegularFile.ReadShared(path);
        int wrong = Array.FindIndex(labels, label => label < 1 || label > classes);
        return wrong < 0
            ? labels
            : throw new InvalidDataException(
                $"{path}: label {labels[wrong]} at offset {wrong}; STL-10's files have the labels 1 to {classes}.");
    }
}
