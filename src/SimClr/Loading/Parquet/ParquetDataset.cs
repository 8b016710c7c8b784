using System.Globalization;
using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Loading;

/// <summary>
/// Images in the rows of Parquet files, as Hugging Face's image data sets have them. A row group is read whole, and the last two are kept:
/// reading in order takes little memory, and reading at random is slow. <c>simclr pack</c> makes shards of them.
/// </summary>
/// <remarks>Safe to read from several threads at once.</remarks>
public sealed class ParquetDataset : IEncodedImages
{
    private const int Kept = 2, LargeGroup = 1 << 24;
    private readonly IReadOnlyList<ParquetTable> tables;
    private readonly int[] ends; // the end of each file, among all images
    private readonly int[]? labels;
    private readonly ChannelCount channels;
    private readonly Lock gate = new();
    private readonly List<Group> recent = []; // the latest last

    private sealed record Group(
        ParquetTable Table, int Number, byte[]?[] Bytes, string?[] Paths, InvalidDataException? Damage = null);

    internal ParquetDataset(
        string name, IReadOnlyList<ParquetTable> tables, ParquetLabels labels, IReadOnlyList<Omission> omissions)
    {
        (Name, this.tables, Classes, this.labels, Omissions) =
            (name, tables, labels.Classes, labels.Of(tables, out var strange), [.. omissions, .. strange]);
        ends = new int[tables.Count];
        for (int i = 0; i < ends.Length; i++) ends[i] = checked((i == 0 ? 0 : ends[i - 1]) + tables[i].Starts[^1]);
        if (Count == 0) throw new InvalidDataException($"{tables[0].File} has no rows.");
        channels = new ChannelCount(Count, index => Decode(index, new DecodeBuffer()).Channels);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count => ends[^1];

    /// <summary>The channels of the first readable image, which is read when this is first asked for.</summary>
    public int Channels => channels.Value;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Omission> Omissions { get; }

    /// <inheritdoc/>
    public int Label(int index) => labels is null ? -1 : labels[index];

    /// <summary>The file and the row, from 0.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    public string Describe(int index)
    {
        var (table, row) = Locate(index);
        return string.Create(CultureInfo.InvariantCulture, $"{table.File}, row {row}");
    }

    /// <inheritdoc/>
    public byte[] ReadEncoded(int index)
    {
        var (table, row) = Locate(index);
        var (group, at) = Find(table, row);
        string only = group.Paths[at] is { } path ? $", only the path {path}; the images must be in the file" : "";
        return group.Bytes[at]?.ToArray()
            ?? throw new InvalidDataException($"{Describe(index)}: the column {table.ImageColumn} has no bytes{only}.");
    }

    /// <summary>The last part of the image's path; empty if the file has none.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    public string FileName(int index)
    {
        var (table, row) = Locate(index);
        var (group, at) = Find(table, row);
        return Path.GetFileName(group.Paths[at] ?? "");
    }

    /// <inheritdoc/>
    public DecodedImage Read(int index) => Read(index, new DecodeBuffer());

    /// <inheritdoc/>
    public DecodedImage Read(int index, DecodeBuffer buffer) =>
        ChannelCount.Require(Decode(index, buffer), buffer, this, index);

    private DecodedImage Decode(int index, DecodeBuffer buffer) => ImageDecoder.Decode(ReadEncoded(index), Describe(index), buffer);

    private (ParquetTable Table, int Row) Locate(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        int table = Array.FindIndex(ends, end => index < end);
        return (tables[table], index - (ends[table] - tables[table].Starts[^1]));
    }

    // The collector leaves large arrays for long: without this the memory grows with the files, not with their row groups.
    private void Free()
    {
        long size = recent[0].Bytes.Sum(image => (long)(image?.Length ?? 0));
        recent.RemoveAt(0);
        if (size >= LargeGroup) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private (Group Group, int Row) Find(ParquetTable table, int row)
    {
        int number = Array.FindLastIndex(table.Starts, start => start <= row);
        lock (gate)
        {
            var found = recent.Find(group => group.Table == table && group.Number == number);
            if (found is null)
            {
                if (recent.Count == Kept) Free();
                recent.Add(found = Read(table, number));
            }
            return found.Damage is { } damage ? throw new InvalidDataException(damage.Message, damage)
                : (found, row - table.Starts[number]);
        }
    }

    // A damaged group is kept too: each of its rows asks for it.
    private static Group Read(ParquetTable table, int number)
    {
        try
        {
            var (bytes, paths) = table.ReadImages(number);
            return new(table, number, bytes, paths);
        }
        catch (InvalidDataException e)
        {
            return new(table, number, [], [], e);
        }
    }
}
