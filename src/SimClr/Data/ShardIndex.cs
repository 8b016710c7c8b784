using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SimClr.Files;

namespace SimClr.Data;

/// <summary>
/// Where the records of one tar are. It lies beside the tar (<c>x.tar</c>, <c>x.idx</c>) and is read record by record, so that it
/// takes no memory however many there are. Where there is none, or that of another tar, it is made, by going through
/// the headers once; in memory, at 24 bytes a record, where the folder cannot be written.
/// </summary>
internal sealed class ShardIndex
{
    private const int Buffered = 1024; // records

    private readonly SafeFileHandle? file;
    private readonly byte[] memory = [];

    private ShardIndex(ShardIndexHeader header, SafeFileHandle file) => (Header, this.file) = (header, file);

    private ShardIndex(byte[] memory) => (Header, this.memory) = (MemoryMarshal.Read<ShardIndexHeader>(memory), memory);

    /// <summary>What is known of all records.</summary>
    public ShardIndexHeader Header { get; }

    /// <summary>One record.</summary>
    /// <exception cref="IOException">The file of the index cannot be read, or is no longer whole.</exception>
    public ShardRecord this[int record]
    {
        get
        {
            long at = ShardIndexHeader.Bytes + (long)record * ShardRecord.Bytes;
            if (file is null) return MemoryMarshal.Read<ShardRecord>(memory.AsSpan((int)at));
            Unsafe.SkipInit(out ShardRecord found);
            return RandomAccess.Read(file, MemoryMarshal.AsBytes(new Span<ShardRecord>(ref found)), at) == ShardRecord.Bytes
                ? found
                : throw new EndOfStreamException("An index of shards was cut off while it was in use.");
        }
    }

    /// <summary>The index file of a tar.</summary>
    public static string PathOf(string tar) => Path.ChangeExtension(tar, ".idx");

    /// <summary>Opens the index of a tar, or makes it.</summary>
    /// <exception cref="InvalidDataException">The tar cannot be indexed; named with the offset.</exception>
    /// <exception cref="IOException">The tar cannot be read.</exception>
    public static ShardIndex Open(string tar) => Find(tar) ?? Make(tar);

    /// <summary>The index that lies beside a tar and is of it, or null.</summary>
    public static ShardIndex? Find(string tar)
    {
        if (!File.Exists(PathOf(tar))) return null;
        var file = File.OpenHandle(PathOf(tar));
        Unsafe.SkipInit(out ShardIndexHeader header);
        bool whole = RandomAccess.Read(file, MemoryMarshal.AsBytes(new Span<ShardIndexHeader>(ref header)), 0) == ShardIndexHeader.Bytes;
        if (whole && header.IsOf(new FileInfo(tar), RandomAccess.GetLength(file))) return new ShardIndex(header, file);
        file.Dispose();
        return null;
    }

    /// <summary>Writes an index: the records first, then over its beginning what is known of all of them.</summary>
    /// <param name="stream">Empty; written from its beginning.</param>
    /// <param name="records">In their order.</param>
    /// <param name="start">Length and time of the tar, and the next image; the rest is filled in.</param>
    public static void Write(Stream stream, IEnumerable<ShardRecord> records, ShardIndexHeader start)
    {
        var header = start with { Magic = ShardIndexHeader.Known };
        stream.Write(new byte[ShardIndexHeader.Bytes]);
        foreach (var some in records.Chunk(Buffered))
        {
            var bytes = MemoryMarshal.AsBytes<ShardRecord>(some);
            stream.Write(bytes);
            header = header with
            {
                Records = checked(header.Records + some.Length),
                Labelled = header.Labelled + some.Count(record => record.Label >= 0),
                Classes = Math.Max(header.Classes, some.Max(record => record.Label) + 1),
                RecordsChecksum = Crc32C.Extend(header.RecordsChecksum, bytes),
            };
        }
        header = header.Checked();
        stream.Position = 0;
        stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<ShardIndexHeader>(in header)));
    }

    private static ShardIndex Make(string tar)
    {
        var file = new FileInfo(tar);
        var start = new ShardIndexHeader { TarLength = file.Length, TarChanged = file.LastWriteTimeUtc.Ticks };
        try
        {
            WholeFile.Write(PathOf(tar), stream => Write(stream, ShardScan.Records(tar), start));
            if (Find(tar) is { } made) return made;
        }
        catch (IOException)
        {
            // Somebody else's folder, or no room: it is made without a file.
        }
        using var memory = new MemoryStream();
        Write(memory, ShardScan.Records(tar), start);
        return new ShardIndex(memory.ToArray());
    }
}
