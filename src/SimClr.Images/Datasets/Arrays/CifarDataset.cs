using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// CIFAR-10 or CIFAR-100 (Krizhevsky 2009) in the binary format. A record is one label byte (CIFAR-100: coarse, then fine; the fine label
/// is used) and three planes of 32 × 32 bytes: R, G, B. The length of a file gives its number of records, so shortened copies work. All
/// images are in memory, 3,072 bytes each. Reading an image copies nothing.
/// </summary>
/// <remarks>Safe to read from several threads at once.</remarks>
public sealed class CifarDataset : IImageDataset
{
    private const int Plane = 32 * 32;
    private const int ImageBytes = 3 * Plane;

    private sealed record Layout(string Name, int LabelBytes, string[] TrainFiles, string TestFile, string NamesFile, string[] Names)
    {
        public int RecordBytes => LabelBytes + ImageBytes;

        public bool IsIn(string folder) => TrainFiles.Append(TestFile).Any(file => File.Exists(Path.Combine(folder, file)));
    }

    private static readonly Layout[] Layouts =
    [
        new("CIFAR-10", 1, ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"],
            "test_batch.bin", "batches.meta.txt", CifarClasses.Ten),
        new("CIFAR-100", 2, ["train.bin"], "test.bin", "fine_label_names.txt", CifarClasses.Hundred),
    ];

    private readonly Layout layout;
    private readonly List<(string Path, int First)> files = [];
    private readonly byte[] labels;
    private readonly byte[] pixels;

    private CifarDataset(string folder, DatasetPart part)
    {
        layout = Find(folder) ?? throw new InvalidDataException($"{folder}: no file of CIFAR-10's or CIFAR-100's binary version.");
        Name = $"{layout.Name} {(part == DatasetPart.Test ? "test" : "train")}";
        Classes = RecordFile.ReadNames(Path.Combine(folder, layout.NamesFile), layout.Names);

        long total = 0;
        foreach (var file in part == DatasetPart.Test ? [layout.TestFile] : layout.TrainFiles)
        {
            var path = Path.Combine(folder, file);
            files.Add((path, (int)total));
            total += RecordFile.Count(path, layout.RecordBytes);
        }

        if (total * ImageBytes > Array.MaxLength)
            throw new InvalidDataException($"{folder}: {total} images are more than fit in one array ({Array.MaxLength / ImageBytes}).");
        Count = (int)total;
        labels = new byte[Count];
        pixels = GC.AllocateUninitializedArray<byte>(Count * ImageBytes);
        for (int f = 0; f < files.Count; f++) Load(files[f].Path, files[f].First, f + 1 < files.Count ? files[f + 1].First : Count);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Loads one part. For pretraining this is the training part: CIFAR has no unlabelled part.</summary>
    /// <param name="folder">The folder that holds <c>data_batch_1.bin</c> or <c>train.bin</c>.</param>
    /// <param name="part">Which images.</param>
    /// <exception cref="InvalidDataException">
    /// A file of the part is missing, empty or truncated, or a label is out of range. The message names the offset.
    /// </exception>
    public static CifarDataset Open(string folder, DatasetPart part) => new(folder, part);

    /// <inheritdoc/>
    public int Label(int index) => labels[index];

    /// <inheritdoc/>
    public string Describe(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        var (path, first) = files.FindLast(file => file.First <= index);
        return $"{path}, record {index - first} at offset {(long)(index - first) * layout.RecordBytes}";
    }

    /// <inheritdoc/>
    public DecodedImage Read(int index) => new(pixels.AsMemory(index * ImageBytes, ImageBytes), 32, 32);

    internal static bool IsIn(string folder) => Find(folder) is not null;

    internal static bool HasTest(string folder) => Find(folder) is { } layout && File.Exists(Path.Combine(folder, layout.TestFile));

    private static Layout? Find(string folder) => Array.Find(Layouts, layout => layout.IsIn(folder));

    private void Load(string path, int first, int end)
    {
        var record = new byte[layout.RecordBytes];
        using var stream = RegularFile.OpenShared(path, bufferSize: 1 << 20);
        for (int i = first; i < end; i++)
        {
            stream.ReadExactly(record);
            labels[i] = record[layout.LabelBytes - 1];
            if (labels[i] >= Classes.Count)
            {
                throw new InvalidDataException(
                    $"{path}: label {labels[i]} at offset {(long)(i - first) * record.Length + layout.LabelBytes - 1}; {layout.Name} " +
                    $"has the labels 0 to {Classes.Count - 1}.");
            }

            Interleave(record.AsSpan(layout.LabelBytes), pixels.AsSpan(i * ImageBytes, ImageBytes));
        }
    }

    private static void Interleave(ReadOnlySpan<byte> planes, Span<byte> rgb)
    {
        for (int p = 0; p < Plane; p++)
        {
            rgb[3 * p] = planes[p];
            rgb[3 * p + 1] = planes[Plane + p];
            rgb[3 * p + 2] = planes[2 * Plane + p];
        }
    }
}
