using System.IO.Compression;

namespace SimClr.Interchange;

/// <summary>
/// The zip archive inside a .pth file. Its records are stored, not compressed, so that all of them together can never
/// need more memory than the file has bytes; nothing is ever unpacked to a disk, so their paths are names and no more.
/// </summary>
internal sealed class TorchArchive : IDisposable
{
    private const int MaxRecords = 1_000_000;

    private readonly ZipArchive archive;
    private readonly Dictionary<string, ZipArchiveEntry> records = new(StringComparer.Ordinal);
    private readonly string path;

    /// <summary>Opens the archive and checks it.</summary>
    /// <param name="file">Owned from here on.</param>
    /// <param name="path">What errors call it.</param>
    /// <exception cref="InvalidDataException">It is damaged, compressed, or its records overlap or have one name.</exception>
    public TorchArchive(FileStream file, string path)
    {
        this.path = path;
        try
        {
            archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: false);
            long total = 0;
            foreach (var record in archive.Entries)
            {
                // torch names them ARCHIVE/data.pkl; the first part is the file's name at the time and says nothing.
                string name = record.FullName[(record.FullName.IndexOf('/', StringComparison.Ordinal) + 1)..];
                if (records.Count == MaxRecords) throw new InvalidDataException($"{path} has more than {MaxRecords} records.");
                if (!records.TryAdd(name, record)) throw new InvalidDataException($"{path} has two records of the name {name}.");
                if (record.Length != record.CompressedLength) throw new InvalidDataException($"{path}: record {name} is compressed, which torch.save never does.");
                total += record.Length;
                if (name.StartsWith("data/", StringComparison.Ordinal)) StorageBytes += record.Length;
            }
            if (total > file.Length) throw new InvalidDataException($"{path}: its records have {total} bytes together and the file {file.Length}: they overlap.");
        }
        catch (InvalidDataException e) when (archive is null || !e.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message}", e);
        }
    }

    /// <summary>The records' names without the folder that all of them lie in.</summary>
    public IReadOnlyCollection<string> Names => records.Keys;

    /// <summary>Bytes of all storages.</summary>
    public long StorageBytes { get; }

    /// <summary>A record, to be read from its beginning to its end; knows its length and position.</summary>
    public Stream Open(string name)
    {
        try
        {
            return new CountedStream(records[name].Open(), records[name].Length);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: record {name} is damaged: {e.Message}", e);
        }
    }

    /// <summary>A small record whole.</summary>
    public byte[] Bytes(string name, int most)
    {
        long length = records[name].Length;
        if (length > most) throw new InvalidDataException($"{path}: record {name} has {length} bytes; at most {most} are read.");
        using var record = Open(name);
        var bytes = new byte[length];
        record.ReadExactly(bytes);
        return bytes;
    }

    public void Dispose() => archive.Dispose();

    // A zip record's stream does not say how long it is or where it stands.
    private sealed class CountedStream(Stream inner, long length) : Stream
    {
        private long position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = inner.Read(buffer);
            position += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
