using System.Formats.Tar;
using System.Globalization;
using System.Text;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Writes one shard. It gets its name when it is complete and on the disk, after its index. The same records give the same bytes: no times,
/// no owners.
/// </summary>
internal sealed class ShardWriter : IDisposable
{
    private readonly string path;
    private readonly PendingFile file;
    private readonly TarWriter tar;
    private readonly List<ShardRecord> records = [];

    /// <summary>Begins a shard.</summary>
    public ShardWriter(string folder, int number)
    {
        path = PathOf(folder, number);
        file = new PendingFile(path, bufferSize: 1 << 20);
        tar = new TarWriter(file.Stream, TarEntryFormat.Ustar, leaveOpen: true);
    }

    /// <summary>The number of records so far.</summary>
    public int Count => records.Count;

    /// <summary>The path of a shard by its number, from 0.</summary>
    public static string PathOf(string folder, int number) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"images-{number:D6}.tar"));

    /// <summary>Files of shards and indices that a killed run left behind.</summary>
    public static string[] LeftoversIn(string folder) => Directory.GetFiles(folder, "images-??????.*" + AtomicFile.Partial);

    /// <summary>Whether a record of this size fits. The first record always fits.</summary>
    public bool Fits(long bytes, PackOptions options) =>
        Count == 0 || (Count != options.ShardImages
            && file.Stream.Position + 2 * TarReading.Block + TarReading.Padded(bytes) + 3 * TarReading.Block <= options.ShardBytes);

    /// <summary>Appends a record.</summary>
    /// <param name="key">The name of the record: without points, at most 90 ASCII characters.</param>
    /// <param name="image">An encoded image and its extension, with the point.</param>
    /// <param name="label">−1 for none.</param>
    /// <param name="text">What else there is to say (<see cref="RecordText"/>); null for nothing.</param>
    public void Add(string key, (byte[] Bytes, string Extension) image, int label, byte[]? text)
    {
        long entry = file.Stream.Position;
        Add(key + image.Extension, image.Bytes);
        if (label >= 0) Add(key + ".cls", Encoding.ASCII.GetBytes(label.ToString(CultureInfo.InvariantCulture)));
        if (text is not null) Add(key + ".json", text);
        records.Add(new ShardRecord(entry, TarReading.Block, image.Bytes.Length, label, Crc32C.Extend(0, image.Bytes)));
    }

    /// <summary>Finishes the shard: from here on it is permanent.</summary>
    /// <param name="nextImage">The first image of the next shard, in the source.</param>
    public void Finish(int nextImage)
    {
        tar.Dispose();
        var header = new ShardIndexHeader { TarLength = file.Stream.Length, NextImage = nextImage };
        AtomicFile.Write(ShardIndex.PathOf(path), stream => ShardIndex.Write(stream, new ShardContents(records, [], []), header));
        file.Commit();
    }

    private void Add(string name, byte[] bytes) => tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
    {
        DataStream = new MemoryStream(bytes),
        ModificationTime = new(1970, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
    });

    /// <summary>Closes the file. Removes it if it is not finished.</summary>
    public void Dispose() => file.Dispose();
}
