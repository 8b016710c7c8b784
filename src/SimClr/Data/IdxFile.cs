using System.Buffers.Binary;
using System.IO.Compression;

namespace SimClr.Data;

/// <summary>
/// One file in the IDX format of MNIST (LeCun), plain or gzipped: two zero bytes, the element type (8: unsigned byte),
/// the number of dimensions, each dimension as a big-endian 32-bit number, then the elements.
/// </summary>
internal sealed class IdxFile : IDisposable
{
    private readonly string path;
    private readonly Stream stream;
    private readonly bool packed;
    private long offset;

    /// <summary>Opens the file and reads its head.</summary>
    /// <exception cref="InvalidDataException">It is not an IDX file of bytes with that many dimensions, or shorter than it says.</exception>
    public IdxFile(string path, int dimensions)
    {
        this.path = path;
        packed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        Stream file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20);
        stream = packed ? new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            Sizes = ReadHead(dimensions);
            long bytes = Sizes.Aggregate(1L, (product, size) => product * size);
            if (!packed && file.Length < offset + bytes)
                throw new InvalidDataException($"{path}: the file ends at offset {file.Length}; its head promises {string.Join(" × ", Sizes)} bytes, up to offset {offset + bytes}.");
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The dimensions, outermost first: images, rows, columns.</summary>
    public int[] Sizes { get; }

    /// <summary>Reads the next elements.</summary>
    /// <exception cref="InvalidDataException">The file ends before, or its compression is damaged.</exception>
    public void Read(Span<byte> elements)
    {
        int read;
        try
        {
            read = stream.ReadAtLeast(elements, elements.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: the compressed data is damaged or breaks off, after offset {offset} of what it unpacks to ({e.Message})", e);
        }

        offset += read;
        if (read < elements.Length) throw new InvalidDataException($"{path}: {Unpacked}the file ends at offset {offset}, before all that its head promises.");
    }

    /// <summary>Checks that nothing follows.</summary>
    /// <exception cref="InvalidDataException">Something does, or the checksum of the compressed data is wrong.</exception>
    public void ExpectEnd()
    {
        try
        {
            if (stream.ReadByte() < 0) return;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: the compressed data is damaged ({e.Message})", e);
        }

        throw new InvalidDataException($"{path}: {Unpacked}more bytes follow at offset {offset}, where its head promises the end.");
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private string Unpacked => packed ? "unpacked, " : "";

    private int[] ReadHead(int dimensions)
    {
        Span<byte> word = stackalloc byte[4];
        Read(word);
        int magic = BinaryPrimitives.ReadInt32BigEndian(word);
        if (magic != 0x800 + dimensions)
            throw new InvalidDataException($"{path}: the magic number at offset 0 is 0x{magic:x8}, not 0x{0x800 + dimensions:x8} (IDX, unsigned bytes, {dimensions} dimension{(dimensions == 1 ? "" : "s")}).");

        var sizes = new int[dimensions];
        long bytes = 1;
        for (int d = 0; d < dimensions; d++)
        {
            Read(word);
            sizes[d] = BinaryPrimitives.ReadInt32BigEndian(word);
            if (sizes[d] < 1) throw new InvalidDataException($"{path}: dimension {d}, at offset {4 + 4 * d}, is {sizes[d]}; it must be at least 1.");
            bytes *= sizes[d];
            if (bytes > Array.MaxLength) throw new InvalidDataException($"{path}: its head, up to offset {offset}, promises more than the {Array.MaxLength} bytes that can be read.");
        }

        return sizes;
    }
}
