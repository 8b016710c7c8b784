using System.Buffers;
using System.Globalization;
using SimClr.Images;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Images in tars, in WebDataset's layout: neighbouring files with the same name up to its first point are one record of an image
/// (<c>.jpg</c>, <c>.png</c>, …) and its label (<c>.cls</c>, a number). Images are read in place, one by one, through an index beside each
/// tar. Memory and open files do not grow with the number of images.
/// </summary>
/// <remarks>
/// <para>Parts: a folder of tars is a training part. A folder with tars in the folders <c>train</c> and <c>test</c>, <c>val</c> or
/// <c>validation</c> has both parts. Classes: the lines of <c>classnames.txt</c>, else the numbers of the labels. In tars without labels
/// the folders of the images give classes and parts, as in <see cref="ImageFolderDataset"/>.</para>
/// <para>Shards of <see cref="ShardPacker"/> have checksums in their index, so a changed record is reported as damaged. Nothing in a tar is
/// unpacked or executed.</para>
/// <para>Safe to read from several threads at once.</para>
/// </remarks>
public sealed partial class ShardDataset : IEncodedImages
{
    private readonly IReadOnlyList<string> tars;
    private readonly ShardIndex[] indices;
    private readonly PooledFile[] files;
    private readonly int[] ends; // the end of each tar, among all images
    private readonly ChannelCount channels;
    private readonly Lazy<bool> hasGroups; // the first record says it for all

    private ShardDataset(string name, IReadOnlyList<string> tars)
    {
        if (tars.Count == 0) throw new InvalidDataException($"{name}: there is no tar.");
        (Name, this.tars) = (name, tars);
        indices = [.. tars.Select(ShardIndex.Open)];
        files = [.. tars.Select(tar => new PooledFile(tar))];
        Omissions = Together();
        ends = new int[tars.Count];
        for (int i = 0; i < ends.Length; i++) ends[i] = checked((i == 0 ? 0 : ends[i - 1]) + indices[i].Header.Records);
        channels = new ChannelCount(Count, index => Decode(index, new DecodeBuffer()).Channels);
        hasGroups = new(() => Array.FindIndex(ends, end => end > 0) is >= 0 and var first && TextOf(first, 0)?.HasGroup == true);
        if (Count == 0)
            throw new InvalidDataException($"{tars[0]}{(tars.Count > 1 ? $" and {tars.Count - 1} more hold" : " holds")} no image: no " +
                $"file {string.Join(' ', ImageDecoder.Extensions.Select(e => "*" + e))} with one point " +
                $"in its name.{string.Concat(Omissions.Take(1).Select(omission => " " + omission))}");
    }

    /// <inheritdoc/>
    public string Name { get; private init; }

    /// <inheritdoc/>
    public int Count => chosen?.Length ?? ends[^1];

    /// <summary>The channels of the first readable image, which is read when this is first asked for.</summary>
    public int Channels => channels.Value;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; private init; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<Omission> Omissions { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The index of the tar is damaged.</exception>
    public int Label(int index)
    {
        var (shard, record) = Locate(index);
        if (indices[shard].Folders.Count > 0) return labelsOfFolders?[shard][FolderOf(shard, record)] ?? -1;
        int label = indices[shard][record].Label;
        return label >= -1 && label < Math.Max(Classes.Count, indices[shard].Classes) ? label : throw Damaged(shard, record);
    }

    /// <summary>The tar, the name in it, and the offset of its entry.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    public string Describe(int index)
    {
        var (shard, record) = Locate(index);
        long entry = indices[shard][record].Entry;
        return string.Create(CultureInfo.InvariantCulture, $"{tars[shard]}, {ShardScan.NameAt(tars[shard], entry)} at offset {entry}");
    }

    /// <inheritdoc/>
    public ImageTile? Tile(int index)
    {
        var (shard, record) = Locate(index);
        return TextOf(shard, record)?.Tile;
    }

    /// <inheritdoc/>
    public string? Group(int index)
    {
        var (shard, record) = Locate(index);
        return hasGroups.Value ? TextOf(shard, record)?.Group : null;
    }

    private RecordText? TextOf(int shard, int record)
    {
        var found = indices[shard][record];
        return (indices[shard].Header.IsSealed ? RecordText.ReadNext(files[shard], found) : null)
            ?? RecordText.Read(tars[shard], found.Entry);
    }

    /// <summary>The tar, and the offset of the image's entry.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    public string Place(int index)
    {
        var (shard, record) = Locate(index);
        return string.Create(CultureInfo.InvariantCulture, $"{tars[shard]}, offset {indices[shard][record].Entry}");
    }

    /// <inheritdoc/>
    public string FileName(int index)
    {
        var (shard, record) = Locate(index);
        return Path.GetFileName(ShardScan.NameAt(tars[shard], indices[shard][record].Entry));
    }

    /// <inheritdoc/>
    public byte[] ReadEncoded(int index)
    {
        var (shard, record) = Find(index);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(record.Length);
        Fill(shard, record, bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public int ReadHead(int index, Span<byte> head)
    {
        var (shard, record) = Find(index);
        return files[shard].Read(head[..Math.Min(head.Length, record.Length)], record.Offset);
    }

    /// <inheritdoc/>
    public DecodedImage Read(int index) => Read(index, new DecodeBuffer());

    /// <inheritdoc/>
    public DecodedImage Read(int index, DecodeBuffer buffer) =>
        ChannelCount.Require(Decode(index, buffer), buffer, this, index);

    private DecodedImage Decode(int index, DecodeBuffer buffer)
    {
        var (shard, record) = Find(index);
        byte[] rented = ArrayPool<byte>.Shared.Rent(record.Length);
        try
        {
            var bytes = rented.AsSpan(0, record.Length);
            Fill(shard, record, bytes);
            return ImageDecoder.Decode(bytes, PlaceOf(shard, record), buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void Fill(int shard, in ShardRecord record, Span<byte> bytes)
    {
        for (int filled = 0; filled < bytes.Length;)
        {
            int read = files[shard].Read(bytes[filled..], record.Offset + filled);
            if (read == 0) throw new InvalidDataException($"{PlaceOf(shard, record)}: the tar ends within it.");
            filled += read;
        }
        if (indices[shard].Header.IsSealed && Crc32C.Extend(0, bytes) != record.Checksum)
            throw new InvalidDataException($"{PlaceOf(shard, record)}: its checksum is not that of {indices[shard].Path}; the tar " +
                $"is damaged, or another than was packed.");
    }

    private (int Shard, ShardRecord Record) Find(int index)
    {
        var (shard, number) = Locate(index);
        var record = indices[shard][number];
        long length = indices[shard].Header.TarLength;
        return record.Entry >= 0
            && record.Entry <= length && record.Lead >= 0 && record.Length >= 0 && record.Offset + record.Length <= length
            ? (shard, record)
            : throw Damaged(shard, number);
    }

    private (int Shard, int Record) Locate(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        if (chosen is not null) index = chosen[index];
        int shard = Array.BinarySearch(ends, index + 1);
        while (shard > 0 && ends[shard - 1] == index + 1) shard--;
        if (shard < 0) shard = ~shard;
        return (shard, index - (ends[shard] - indices[shard].Header.Records));
    }

    private InvalidDataException Damaged(int shard, int record) =>
        new($"{indices[shard].Path} is damaged: its record {record} lies outside of the tar, or its label outside of the classes. " +
            $"Remove it; the program then makes it again.");

    private string PlaceOf(int shard, in ShardRecord record) =>
        string.Create(CultureInfo.InvariantCulture, $"{tars[shard]}, the image at offset {record.Offset}");
}
