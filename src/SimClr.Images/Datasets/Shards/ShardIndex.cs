using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Where the records of one tar are. It lies beside the tar (<c>x.tar</c>, <c>x.simclr-index</c>) and is read record by record, so that it
/// takes no memory however many there are. Where there is none, or that of another tar, it is made, by going through
/// the headers once; in memory, at 24 bytes a record, where the folder cannot be written or another program's file has that name.
/// </summary>
internal sealed class ShardIndex
{
    private const int Buffered = 1024; // records

    // Before there were two: of shards that were packed it is read, at its first place, which other programs use too.
    private const string Extension = ".simclr-index", FirstExtension = ".idx";

    private readonly PooledFile? file;
    private readonly byte[] memory = [];

    private ShardIndex(string path, ShardIndexHeader header, IReadOnlyList<Omission> omissions) =>
        (Path, Header, Omissions, file) = (path, header, omissions, new PooledFile(path));

    private ShardIndex(string path, byte[] memory, IReadOnlyList<Omission> omissions) =>
        (Path, Header, Omissions, this.memory) = (path, MemoryMarshal.Read<ShardIndexHeader>(memory), omissions, memory);

    /// <summary>Its file, or where that would lie.</summary>
    public string Path { get; }

    /// <summary>What is known of all records.</summary>
    public ShardIndexHeader Header { get; }

    /// <summary>What of the tar is not used.</summary>
    public IReadOnlyList<Omission> Omissions { get; }

    /// <summary>Whether no file holds it: it is made anew each time the tar is opened.</summary>
    public bool IsInMemory => file is null;

    /// <summary>One record.</summary>
    /// <exception cref="IOException">The file of the index cannot be read, or is no longer whole.</exception>
    public ShardRecord this[int record]
    {
        get
        {
            long at = ShardIndexHeader.Bytes + (long)record * ShardRecord.Bytes;
            if (file is null) return MemoryMarshal.Read<ShardRecord>(memory.AsSpan((int)at));
            Unsafe.SkipInit(out ShardRecord found);
            return file.Read(MemoryMarshal.AsBytes(new Span<ShardRecord>(ref found)), at) == ShardRecord.Bytes
                ? found
                : throw new EndOfStreamException("An index of shards was cut off while it was in use.");
        }
    }

    /// <summary>The index file of a tar that is written.</summary>
    public static string PathOf(string tar) => System.IO.Path.ChangeExtension(tar, Extension);

    /// <summary>Opens the index of a tar, or makes it.</summary>
    /// <exception cref="InvalidDataException">The tar cannot be indexed; named with the offset.</exception>
    /// <exception cref="IOException">The tar cannot be read.</exception>
    public static ShardIndex Open(string tar) => Find(tar) ?? Make(tar);

    /// <summary>The index that lies beside a tar and is of it, or null.</summary>
    /// <exception cref="InvalidDataException">It is of this tar and promises what cannot be.</exception>
    public static ShardIndex? Find(string tar) => At(PathOf(tar), tar) ?? At(System.IO.Path.ChangeExtension(tar, FirstExtension), tar);

    /// <summary>Writes an index: the records, what is not used, then over its beginning what is known of all records.</summary>
    /// <param name="stream">Empty; written from its beginning.</param>
    /// <param name="contents">What the tar holds.</param>
    /// <param name="start">Length and time of the tar, and the next image; the rest is filled in.</param>
    public static void Write(Stream stream, ShardContents contents, ShardIndexHeader start)
    {
        var header = start with { Magic = ShardIndexHeader.Known };
        stream.Write(new byte[ShardIndexHeader.Bytes]);
        foreach (var some in contents.Records.Chunk(Buffered))
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
        stream.Write(OmissionText.Of(contents.Omissions));
        header = header.Checked();
        stream.Position = 0;
        stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<ShardIndexHeader>(in header)));
    }

    private static ShardIndex? At(string path, string tar)
    {
        if (!File.Exists(path)) return null;
        using var file = File.OpenHandle(path);
        Unsafe.SkipInit(out ShardIndexHeader header);
        bool isWhole = RandomAccess.Read(file, MemoryMarshal.AsBytes(new Span<ShardIndexHeader>(ref header)), 0) == ShardIndexHeader.Bytes;
        long length = RandomAccess.GetLength(file);
        if (isWhole) header.RequireKnown(path);
        if (!isWhole || !header.IsOf(new FileInfo(tar), length)) return null;
        header.RequirePossible(path);
        return OmissionText.Read(file, header.End, length) is { } omissions ? new ShardIndex(path, header, omissions) : null;
    }

    private static ShardIndex Make(string tar)
    {
        var file = new FileInfo(tar);
        var start = new ShardIndexHeader { TarLength = file.Length, TarChanged = file.LastWriteTimeUtc.Ticks };
        var contents = ShardContents.Of(tar);
        string path = PathOf(tar);
        try
        {
            if (!File.Exists(path) || IsOurs(path))
            {
                AtomicFile.Write(path, stream => Write(stream, contents, start));
                if (At(path, tar) is { } made) return made;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else's folder, or no room: it is made without a file.
        }
        using var memory = new MemoryStream();
        Write(memory, contents, start);
        return new ShardIndex(path, memory.ToArray(), contents.Omissions);
    }

    // Whatever another program wrote stays, whatever it is called.
    private static bool IsOurs(string path)
    {
        Span<byte> magic = stackalloc byte[sizeof(ulong)];
        using var file = File.OpenHandle(path);
        return RandomAccess.Read(file, magic, 0) == magic.Length && ShardIndexHeader.IsMagic(MemoryMarshal.Read<ulong>(magic));
    }
}
