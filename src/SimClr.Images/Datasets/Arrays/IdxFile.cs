using System.Buffers.Binary;
using System.IO.Compression;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// A file in the IDX format of MNIST (LeCun), plain or gzipped: two zero bytes, the element type (8: unsigned byte), the number of
/// dimensions, each dimension as a big-endian 32-bit number, then the elements. Labels may also be signed integers of 8 to 32 bits.
/// </summary>
internal sealed class IdxFile : IDisposable
{
    private const int Bytes = 8, SignedBytes = 9, Shorts = 11, Ints = 12; // element types
    private const long MostPacked = 1032; // the most bytes that one byte of gzip can unpack to

    private readonly string path;
    private readonly Stream stream;
    private readonly bool packed;
    private long offset;
    private int type;

    /// <summary>Opens the file and reads its header.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is not an IDX file of bytes with these dimensions, or it is shorter than its header says.
    /// </exception>
    /// <param name="path">The file; a <c>.gz</c> is unpacked while reading.</param>
    /// <param name="dimensions">The required number of dimensions.</param>
    /// <param name="anyWhole">Whether the elements may also be signed integers.</param>
    public IdxFile(string path, int dimensions, bool anyWhole = false)
    {
        this.path = path;
        packed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        Stream file = RegularFile.OpenShared(path, bufferSize: 1 << 20);
        stream = packed ? new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            Sizes = ReadHead(dimensions, anyWhole);
            long bytes = Sizes.Aggregate((long)ElementBytes, (product, size) => product * size);
            if (packed && bytes > MostPacked * file.Length)
                throw new InvalidDataException(
                    $"{path}: its head promises {string.Join(" × ", Sizes)} bytes, more than {file.Length} packed ones hold.");
            if (!packed && file.Length < offset + bytes)
                throw new InvalidDataException($"{path}: the file ends at offset {file.Length}; its head " +
                    $"promises {string.Join(" × ", Sizes)} bytes, up to offset {offset + bytes}.");
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The dimensions, outermost first: images, rows, columns.</summary>
    public int[] Sizes { get; }

    /// <summary>The size of an element: 1, 2 or 4 bytes.</summary>
    public int ElementBytes { get; private set; } = 1;

    /// <summary>Reads the next element, of any type.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="Read"/>.</exception>
    public int ReadNumber()
    {
        Span<byte> word = stackalloc byte[sizeof(int)];
        var element = word[..ElementBytes];
        Read(element);
        return type switch
        {
            SignedBytes => (sbyte)element[0],
            Shorts => BinaryPrimitives.ReadInt16BigEndian(element),
            Ints => BinaryPrimitives.ReadInt32BigEndian(element),
            _ => element[0],
        };
    }

    /// <summary>Reads the next elements.</summary>
    /// <exception cref="InvalidDataException">The file ends too early, or its compression is damaged.</exception>
    public void Read(Span<byte> elements)
    {
        int read;
        try
        {
            read = stream.ReadAtLeast(elements, elements.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException(
                $"{path}: the compressed data is damaged or cut off, after offset {offset} of its unpacked content ({e.Message})", e);
        }

        offset += read;
        if (read < elements.Length)
            throw new InvalidDataException($"{path}: {Unpacked}the file ends at offset {offset}, before the size that its header gives.");
    }

    /// <summary>Checks that no data follows.</summary>
    /// <exception cref="InvalidDataException">Data follows, or the checksum of the compressed data is wrong.</exception>
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

        throw new InvalidDataException($"{path}: {Unpacked}the file goes beyond offset {offset}, " +
            $"where it should end according to its header.");
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private string Unpacked => packed ? "unpacked, " : "";

    private int[] ReadHead(int dimensions, bool anyWhole)
    {
        Span<byte> word = stackalloc byte[4];
        Read(word);
        int magic = BinaryPrimitives.ReadInt32BigEndian(word);
        type = magic >> 8;
        bool isKnown = type == Bytes || (anyWhole && type is SignedBytes or Shorts or Ints);
        if (!isKnown || (magic & 0xff) != dimensions)
            throw new InvalidDataException($"{path}: the magic number at offset 0 is 0x{magic:x8}, not 0x{0x800 + dimensions:x8} " +
                $"(IDX, unsigned bytes, {dimensions} dimension{(dimensions == 1 ? "" : "s")}).");

        ElementBytes = type switch { Shorts => 2, Ints => 4, _ => 1 };
        var sizes = new int[dimensions];
        long bytes = ElementBytes;
        for (int d = 0; d < dimensions; d++)
        {
            Read(word);
            sizes[d] = BinaryPrimitives.ReadInt32BigEndian(word);
            if (sizes[d] < 1)
                throw new InvalidDataException($"{path}: dimension {d}, at offset {4 + 4 * d}, is {sizes[d]}; it must be at least 1.");
            bytes *= sizes[d];
            if (bytes > Array.MaxLength) throw new InvalidDataException(
                $"{path}: its head, up to offset {offset}, promises more than the {Array.MaxLength} bytes that can be read.");
        }

        return sizes;
    }
}
