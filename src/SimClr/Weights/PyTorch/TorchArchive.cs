using System.IO.Compression;
using SimClr.IO;

namespace SimClr.Weights;

/// <summary>
/// The zip archive in a .pth file. torch.save stores its records uncompressed. If they were compressed later, all together may unpack to at
/// most 32 times the file's size. Nothing is ever unpacked to a disk, so the paths in the archive are only names.
/// </summary>
internal sealed class TorchArchive : IDisposable
{
    private const int MaxRecords = 1_000_000, MaxRatio = 32, SmallBytes = 1 << 16;
    private const string Pickle = "data.pkl";

    private readonly ZipArchive archive;
    private readonly Dictionary<string, ZipArchiveEntry> records = new(StringComparer.Ordinal);
    private readonly string path;

    /// <summary>Opens and checks the archive.</summary>
    /// <param name="file">Owned by this object from here on.</param>
    /// <param name="path">Its name in error messages.</param>
    /// <exception cref="InvalidDataException">
    /// The archive is damaged, encrypted or a bomb, or its records overlap or share a name.
    /// </exception>
    public TorchArchive(FileStream file, string path)
    {
        this.path = path;
        try
        {
            archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: false);
            if (archive.Entries.Count > MaxRecords) throw new InvalidDataException($"{path} has more than {MaxRecords} records.");
            // torch names them ARCHIVE/data.pkl. The first part is the name that the file had, and has no meaning.
            string root = archive.Entries.Select(r => r.FullName)
                .Where(n => n == Pickle || n.EndsWith($"/{Pickle}", StringComparison.Ordinal)).MinBy(n => n.Length) is { } pickle
                ? pickle[..^Pickle.Length] : "";
            Int128 stored = 0, total = 0;
            foreach (var record in archive.Entries.Where(
                r => r.FullName.StartsWith(root, StringComparison.Ordinal) && !r.FullName.EndsWith('/')))
            {
                string name = record.FullName[root.Length..];
                if (!records.TryAdd(name, record))
                    throw new InvalidDataException($"{path} has two records of the name {Excerpt.Of(name)}.");
                if (record.IsEncrypted) throw new InvalidDataException($"{path}: record {Excerpt.Of(name)} is encrypted.");
                (stored, total) = (stored + record.CompressedLength, total + record.Length);
                if (name.StartsWith("data/", StringComparison.Ordinal)) StorageBytes += record.Length;
            }
            if (stored > file.Length) throw new InvalidDataException(
                $"{path}: its records have {stored} bytes together and the file {file.Length}: they overlap.");
            if (total > (Int128)MaxRatio * file.Length + SmallBytes)
                throw new InvalidDataException($"{path}: its compressed records would become {total} bytes, more than {MaxRatio} " +
                    $"times the file's {file.Length}; no weights do.");
        }
        catch (InvalidDataException e) when (archive is null || !e.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message}", e);
        }
    }

    /// <summary>The names of the records, without their common folder.</summary>
    public IReadOnlyCollection<string> Names => records.Keys;

    /// <summary>The size of all storages in bytes.</summary>
    public long StorageBytes { get; }

    /// <summary>Opens a record for sequential reading. The stream knows its length and position.</summary>
    public Stream Open(string name)
    {
        try
        {
            return new CountedStream(records[name].Open(), records[name].Length, $"{path}: record {Excerpt.Of(name)}");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: record {name} is damaged: {e.Message}", e);
        }
    }

    /// <summary>Reads a small record completely.</summary>
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

    // The stream of a zip record does not know its length or position.
    private sealed class CountedStream(Stream inner, long length, string name) : Stream
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
            int read;
            try
            {
                read = inner.Read(buffer);
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException($"{name} is damaged: {e.Message}", e);
            }
            if (read == 0 && buffer.Length > 0 && position < length)
                throw new InvalidDataException($"{name} is damaged: it ends after {position} of its {length} bytes.");
            position += read;
            return read;
        }

        public override int ReadByte()
        {
            Span<byte> one = stackalloc byte[1];
            return Read(one) == 1 ? one[0] : -1;
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
