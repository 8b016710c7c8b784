using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Images with any number of channels in NumPy files. <c>train.npy</c> and, for the test part, <c>test.npy</c> are (N, H, W, C) or (N, H,
/// W), of uint8, uint16, int16, float16 or float32. The last three become float32 with the same values. A single file is the training part.
/// Labels, if there are any, are in <c>train-labels.npy</c>: N integers, −1 for none. An image is read from the file on demand.
/// </summary>
/// <remarks>Safe to read from several threads at once.</remarks>
public sealed class NpyDataset : IImageDataset
{
    private const string Extension = ".npy", Labels = "-labels.npy";

    private readonly string path;
    private readonly SafeFileHandle file;
    private readonly int[]? labels;
    private readonly NpyValues values;
    private readonly int dataOffset, width, height;

    private NpyDataset(string path, string name, string[] parts)
    {
        (this.path, Name) = (path, name);
        if (!File.Exists(path)) throw new InvalidDataException($"{path} is missing.");
        var format = NpyFormat.Of(path);
        values = NpyValues.Of(format.Type) ?? throw new InvalidDataException($"{path} holds numbers of type {format.Type}; images are " +
            $"read as uint8, uint16, int16, float16 or float32{Conversion(format.Type)}.");
        (Count, height, width, Channels) = Sizes(format, path);
        dataOffset = format.DataOffset;
        long expected = format.FileBytes(values.FileBytes), length;
        using (var opened = RegularFile.OpenHandle(path)) length = RandomAccess.GetLength(opened);
        if (ImageValues * values.Bytes > Array.MaxLength || length != expected)
            throw new InvalidDataException(
                $"{path} is {(length < expected ? "cut off" : "too long")}: it has {length} bytes, and its header promises {expected}.");

        labels = NpyLabels.Read(LabelsOf(path));
        if (labels is not null && labels.Length != Count)
            throw new InvalidDataException($"{LabelsOf(path)} has {labels.Length} labels for {Count} images.");
        // The classes cover both parts: they then agree, whichever labels each has.
        int classes = 1 + parts.Select(LabelsOf).Max(of => NpyLabels.Read(of)?.DefaultIfEmpty(-1).Max() ?? -1);
        Classes = RecordFile.ReadNames(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "class_names.txt"),
            [.. Enumerable.Range(0, classes).Select(label => label.ToString(CultureInfo.InvariantCulture))]);
        if (classes == 0) Classes = [];
        file = RegularFile.OpenHandle(path, FileOptions.RandomAccess); // last: a refused file is not left open
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <summary>
    /// The lines of <c>class_names.txt</c> beside the files, else the numbers from 0 to the largest label. Empty if there are no labels.
    /// </summary>
    public IReadOnlyList<string> Classes { get; }

    private long ImageValues => (long)height * width * Channels;

    /// <summary>
    /// Opens one part. Pretraining means the training part, including images without a label. The other parts are the labelled images if
    /// there are any.
    /// </summary>
    /// <param name="path">The folder of the files, or one file.</param>
    /// <param name="part">Which images.</param>
    /// <exception cref="InvalidDataException">
    /// A file of the part is missing, truncated, or of the wrong type or shape, or the numbers of labels and images differ.
    /// </exception>
    public static IImageDataset Open(string path, DatasetPart part) =>
        part == DatasetPart.Pretraining ? All(path, part) : SubsetDataset.OfLabelled(All(path, part));

    private static NpyDataset All(string path, DatasetPart part)
    {
        if (!Directory.Exists(path)) return new(path, Path.GetFileNameWithoutExtension(path), [path]);
        string[] parts = [.. Files.Select(name => Path.Combine(path, name))];
        return new(parts[part == DatasetPart.Test ? 1 : 0], $"{new DirectoryInfo(path).Name} " +
            $"{(part == DatasetPart.Test ? "test" : "train")}", parts);
    }

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
        return $"{path}, image {index}";
    }

    /// <inheritdoc/>
    public DecodedImage Read(int index) => Read(index, new DecodeBuffer());

    /// <inheritdoc/>
    public DecodedImage Read(int index, DecodeBuffer buffer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        long bytes = ImageValues * values.FileBytes;
        var pixels = buffer.Take((int)(ImageValues * values.Bytes));
        var stored = pixels.Span[^(int)bytes..];
        for (int filled = 0; filled < stored.Length;)
        {
            int read = RandomAccess.Read(file, stored[filled..], dataOffset + index * bytes + filled);
            filled += read > 0 ? read : throw new InvalidDataException($"{Describe(index)}: the file ends within it.");
        }
        values.Convert(pixels.Span);
        return new DecodedImage(pixels, width, height, Channels, values.Type);
    }

    internal static bool IsFile(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The files of the two parts: a folder with one of them is such a data set.</summary>
    internal static readonly IReadOnlyList<string> Files = [$"train{Extension}", $"test{Extension}"];

    internal static bool IsIn(string folder) => File.Exists(Path.Combine(folder, Files[0])) || HasTest(folder);

    internal static bool HasTest(string folder) => File.Exists(Path.Combine(folder, Files[1]));

    private static string LabelsOf(string path) => path[..^Extension.Length] + Labels;

    private static (int Count, int Height, int Width, int Channels) Sizes(NpyFormat format, string path) => format.Shape switch
    {
        [> 0, 1 or 3 or 4, > 4, > 4] => throw Misshapen(
            format, path, ", which looks like (N, C, H, W): numpy.save(file, a.transpose(0, 2, 3, 1).copy()) stores it as (N, H, W, C)"),
        [> 4, > 4, 3 or 4] =>
            throw Misshapen(format, path, ", which looks like one image (H, W, C): numpy.save(file, a[None]) makes it (1, H, W, C)"),
        [> 0 and <= int.MaxValue and var n, > 0 and <= 1 << 20 and var h, > 0 and <= 1 << 20 and var w] => ((int)n, (int)h, (int)w, 1),
        [> 0 and <= int.MaxValue and var n, > 0 and <= 1 << 20 and var h, > 0 and <= 1 << 20 and var w, > 0 and <= 1024 and var c] =>
            ((int)n, (int)h, (int)w, (int)c),
        _ => throw Misshapen(format, path, "; images are (N, H, W, C) or (N, H, W), with C up to 1024"),
    };

    private static InvalidDataException Misshapen(NpyFormat format, string path, string what) =>
        new($"{path} is of shape {format.ShapeText}{what}.");

    private static string Conversion(string type) => type switch
    {
        "|b1" => ": numpy.save(file, a.astype('uint8') * 255) makes them so",
        [_, 'f' or 'u' or 'i', ..] => ": numpy.save(file, a.astype('float32')) makes them so",
        _ => "",
    };
}
