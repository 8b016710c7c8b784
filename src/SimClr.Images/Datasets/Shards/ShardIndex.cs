using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// The positions of the records in one tar. The index is a file beside the tar (<c>x.tar</c>, <c>x.simclr-index</c>) and is read record by
/// record, so it takes no memory. If it is missing or belongs to another tar, it is made by reading all headers once. It stays in memory,
/// at 24 bytes per record, if the folder is not writable or another program's file has this name.
/// </summary>
internal sealed class ShardIndex
{
    private const int Buffered = 1024; // records

    // The first version had another name, which other programs use too. It is still read for packed shards.
    private const string Extension = ".simclr-index", FirstExtension = ".idx";

    private readonly PooledFile? file;
    private readonly byte[] memory = [];

    private ShardIndex(string path, ShardIndexHeader header, ShardIndexText text) =>
        (Path, Header, Omissions, Folders, file) = (path, header, text.Omissions, text.Folders, new PooledFile(path));

    private ShardIndex(string path, byte[] memory, ShardContents contents) => (Path, Header, Omissions, Folders, this.memory) =
        (path, MemoryMarshal.Read<ShardIndexHeader>(memory), contents.Omissions, contents.Folders, memory);

    /// <summary>The path of the index file, which may not exist.</summary>
    public string Path { get; }

    /// <summary>Facts about all records.</summary>
    public ShardIndexHeader Header { get; }

    /// <summary>Entries of the tar that are not used.</summary>
    public IReadOnlyList<Omission> Omissions { get; }

    /// <summary>As <see cref="ShardContents.Folders"/>: the labels of the records are numbers of folders, unless this is empty.</summary>
    public IReadOnlyList<string> Folders { get; }

    /// <summary>The highest label plus one.</summary>
    public int Classes => Folders.Count > 0 ? 0 : Header.Classes;

    /// <summary>Whether there is no index file: the index is made every time the tar is opened.</summary>
    public bool IsInMemory => file is null;

    /// <summary>Reads one record.</summary>
    /// <exception cref="IOException">The index file cannot be read, or is truncated.</exception>
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

    /// <summary>The path of the index of a tar that is being written.</summary>
    public static string PathOf(string tar) => IndexOf(tar, Extension);

    // a.TAR may lie beside a.tar.
    private static string IndexOf(string tar, string extension) =>
        tar.EndsWith(".tar", StringComparison.Ordinal) ? System.IO.Path.ChangeExtension(tar, extension) : tar + extension;

    /// <summary>Opens the index of a tar, or makes it.</summary>
    /// <exception cref="InvalidDataException">The tar cannot be indexed; the message names the offset.</exception>
    /// <exception cref="IOException">The tar cannot be read.</exception>
    public static ShardIndex Open(string tar) => Find(tar) ?? Make(tar);

    /// <summary>The index file beside a tar if it belongs to this tar, else null.</summary>
    /// <exception cref="InvalidDataException">The index belongs to this tar and its numbers are impossible.</exception>
    public static ShardIndex? Find(string tar) => At(PathOf(tar), tar) ?? At(IndexOf(tar, FirstExtension), tar);

    /// <summary>Writes an index: the records, the text, then the header at the beginning.</summary>
    /// <param name="stream">Empty; written from its beginning.</param>
    /// <param name="contents">The content of the tar.</param>
    /// <param name="start">Length and time of the tar, and the next image. The rest is filled in.</param>
    public static void Write(Stream stream, ShardContents contents, ShardIndexHeader start)
    {
        var header = start with { Magic = start.IsSealed ? ShardIndexHeader.Packed : ShardIndexHeader.Known };
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
        if (contents.Folders.Count > 0) header = header with { Labelled = 0 };
        stream.Write(new ShardIndexText(contents.Omissions, contents.Folders).ToBytes());
        header = header.Checked();
        stream.Position = 0;
        stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<ShardIndexHeader>(in header)));
    }

    private static ShardIndex? At(string path, string tar)
    {
        if (!File.Exists(path)) return null;
        using var file = RegularFile.OpenHandle(path);
        Unsafe.SkipInit(out ShardIndexHeader header);
        bool isWhole = RandomAccess.Read(file, MemoryMarshal.AsBytes(new Span<ShardIndexHeader>(ref header)), 0) == ShardIndexHeader.Bytes;
        long length = RandomAccess.GetLength(file);
        if (isWhole) header.RequireKnown(path);
        if (!isWhole || !header.IsOf(new FileInfo(tar), length)) return null;
        header.RequirePossible(path);
        return ShardIndexText.Read(file, header.End, length) is { } text ? new ShardIndex(path, header, text) : null;
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
            // The folder is not writable, or the disk is full: the index stays in memory.
        }
        using var memory = new MemoryStream();
        Write(memory, contents, start);
        return new ShardIndex(path, memory.ToArray(), contents);
    }

    // A file of another program stays, whatever its name.
    private static bool IsOurs(string path)
    {
        Span<byte> magic = stackalloc byte[sizeof(ulong)];
        using var file = RegularFile.OpenHandle(path);
        return RandomAccess.Read(file, magic, 0) == magic.Length && ShardIndexHeader.IsMagic(MemoryMarshal.Read<ulong>(magic));
    }
}
