using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SimClr.Files;
using SimClr.Views;

namespace SimClr.Data;

/// <summary>
/// Images of any number of channels as NumPy stores them: <c>train.npy</c> and for the test part <c>test.npy</c>, each (N, H, W, C) or (N, H, W)
/// uint8, or one file that is the training part. Labels, where there are any, lie beside as <c>train-labels.npy</c>: N whole numbers, −1 for none.
/// An image is read from the file when it is asked for.
/// </summary>
/// <remarks>Safe to read from several threads at once.</remarks>
public sealed class NpyDataset : IImageDataset
{
    private const string Extension = ".npy", Labels = "-labels.npy";

    private readonly string path;
    private readonly SafeFileHandle file;
    private readonly long[]? labels;
    private readonly int dataOffset, width, height;

    private NpyDataset(string path, string name, string[] parts)
    {
        (this.path, Name) = (path, name);
        if (!File.Exists(path)) throw new InvalidDataException($"{path} is missing.");
        var format = Format(path);
        if (format.Type is not "|u1") throw new InvalidDataException($"{path} holds numbers of type {format.Type}; images are read as uint8 (|u1).");
        (Count, height, width, Channels) = format.Shape switch
        {
            [> 0 and <= int.MaxValue and var n, > 0 and <= 1 << 20 and var h, > 0 and <= 1 << 20 and var w] => ((int)n, (int)h, (int)w, 1),
            [> 0 and <= int.MaxValue and var n, > 0 and <= 1 << 20 and var h, > 0 and <= 1 << 20 and var w, > 0 and <= 1024 and var c] => ((int)n, (int)h, (int)w, (int)c),
            _ => throw new InvalidDataException($"{path} is of shape {format.ShapeText}; images are (N, H, W, C) or (N, H, W)."),
        };
        dataOffset = format.DataOffset;
        file = File.OpenHandle(path, options: FileOptions.RandomAccess);
        long expected = dataOffset + Count * ImageBytes, length = RandomAccess.GetLength(file);
        if (ImageBytes > Array.MaxLength || length != expected)
            throw new InvalidDataException($"{path} is {(length < expected ? "cut off" : "too long")}: it has {length} bytes, and its header promises {expected}.");

        labels = ReadLabels(LabelsOf(path));
        if (labels is not null && labels.Length != Count)
            throw new InvalidDataException($"{LabelsOf(path)} has {labels.Length} labels for {Count} images.");
        // Over both parts, so that they agree whatever labels each happens to have.
        long classes = 1 + parts.Select(LabelsOf).Max(of => ReadLabels(of)?.DefaultIfEmpty(-1).Max() ?? -1);
        Classes = RecordFile.ReadNames(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "class_names.txt"), [.. Enumerable.Range(0, (int)classes).Select(label => label.ToString(CultureInfo.InvariantCulture))]);
        if (classes == 0) Classes = [];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <summary>The lines of <c>class_names.txt</c> beside the files, else the labels as numbers, from 0 to the largest; empty where there are no labels.</summary>
    public IReadOnlyList<string> Classes { get; }

    private long ImageBytes => (long)height * width * Channels;

    /// <summary>Opens one part. Pretraining is the training part.</summary>
    /// <param name="path">The folder that holds the files, or a file.</param>
    /// <param name="part">Which images.</param>
    /// <exception cref="InvalidDataException">A file of the part is missing, cut off, of another type or of another shape, or there are not as many labels as images.</exception>
    public static NpyDataset Open(string path, DatasetPart part)
    {
        if (!Directory.Exists(path)) return new(path, Path.GetFileNameWithoutExtension(path), [path]);
        string[] parts = [Path.Combine(path, "train" + Extension), Path.Combine(path, "test" + Extension)];
        return new(parts[part == DatasetPart.Test ? 1 : 0], $"{new DirectoryInfo(path).Name} {(part == DatasetPart.Test ? "test" : "train")}", parts);
    }

    /// <inheritdoc/>
    public int Label(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return labels is null ? -1 : (int)labels[index];
    }

    /// <inheritdoc/>
    public string Describe(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return $"{path}, image {index}";
    }

    /// <inheritdoc/>
    public RgbImage Read(int index) => Read(index, new DecodeBuffer());

    /// <inheritdoc/>
    public RgbImage Read(int index, DecodeBuffer buffer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        var pixels = buffer.Take((int)ImageBytes);
        for (int filled = 0; filled < pixels.Length;)
        {
            int read = RandomAccess.Read(file, pixels.Span[filled..], dataOffset + index * ImageBytes + filled);
            filled += read > 0 ? read : throw new InvalidDataException($"{Describe(index)}: the file ends within it.");
        }
        return new RgbImage(pixels, width, height, Channels);
    }

    internal static bool IsFile(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    internal static bool IsIn(string folder) => File.Exists(Path.Combine(folder, "train" + Extension)) || HasTest(folder);

    internal static bool HasTest(string folder) => File.Exists(Path.Combine(folder, "test" + Extension));

    private static string LabelsOf(string path) => path[..^Extension.Length] + Labels;

    private static NpyFormat Format(string path)
    {
        using var stream = File.OpenRead(path);
        return NpyFormat.Read(stream, path);
    }

    private static long[]? ReadLabels(string path)
    {
        if (!File.Exists(path)) return null;
        var format = Format(path);
        byte[] bytes = File.ReadAllBytes(path)[format.DataOffset..];
        Func<ReadOnlySpan<byte>, long> number = format.Type switch
        {
            "|u1" => b => b[0],
            "|i1" => b => (sbyte)b[0],
            "<i2" => b => BinaryPrimitives.ReadInt16LittleEndian(b),
            "<u2" => b => BinaryPrimitives.ReadUInt16LittleEndian(b),
            "<i4" => b => BinaryPrimitives.ReadInt32LittleEndian(b),
            "<i8" => b => BinaryPrimitives.ReadInt64LittleEndian(b),
            _ => throw new InvalidDataException($"{path} holds numbers of type {format.Type}; labels are whole numbers of 8 to 64 bits (|u1, |i1, <i2, <u2, <i4, <i8)."),
        };
        int size = format.Type[2] - '0';
        if (format.Shape is not [var count] || bytes.Length != count * size)
            throw new InvalidDataException($"{path} is of shape {format.ShapeText} with {bytes.Length} bytes of numbers; labels are (N).");
        var labels = new long[count];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = number(bytes.AsSpan(i * size, size));
            if (labels[i] is < -1 or > 1_000_000) throw new InvalidDataException($"{path}: label {labels[i]} of image {i} is no class: from 0 on, or −1 for none.");
        }
        return labels;
    }
}
