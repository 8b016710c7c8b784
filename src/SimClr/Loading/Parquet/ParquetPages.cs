using System.Buffers.Binary;
using Parquet.Meta;

namespace SimClr.Loading;

/// <summary>
/// Checks the pages of a column in a row group before the reader of the format sees them. That reader allocates the sizes that the heads of
/// the pages say, and those at the start of compressed data.
/// </summary>
internal static class ParquetPages
{
    private const long Free = 1 << 25, Expansion = 1024; // of deflate; only zstd and brotli compress better, and images do not
    private const int ZstdBlock = 1 << 17;

    /// <summary>Checks the pages, and ends the stream behind the last one.</summary>
    /// <param name="stream">The file; borrowed.</param>
    /// <param name="column">What the footer says about the column.</param>
    /// <exception cref="InvalidDataException">A page cannot be as its head says; the message lacks the file.</exception>
    /// <exception cref="EndOfStreamException">A page ends early.</exception>
    public static void Check(ParquetStream stream, ColumnMetaData column)
    {
        stream.End = stream.Length;
        long at = new[] { column.DictionaryPageOffset ?? 0, column.DataPageOffset, column.IndexPageOffset ?? 0 }
            .Where(offset => offset != 0).DefaultIfEmpty(-1).Min();
        for (long values = column.NumValues; values > 0;)
        {
            stream.Position = at;
            var head = ParquetStructure.CheckPage(stream);
            int Of(string structure, int field) => (int)head.GetValueOrDefault((structure, field));
            long data = stream.Position;
            var (type, size, compressed) = ((PageType)Of("Page", 1), Of("Page", 2), Of("Page", 3));
            if (compressed < 0 || compressed > stream.Length - data) throw Wrong(at, $"has {compressed} bytes");
            if (size < 0 || size > MostBytes(compressed)) throw Wrong(at, $"has {compressed} bytes, and {size} uncompressed ones");
            int entries = Of("Dictionary", 1), levels = Of("DataV2", 5) + Of("DataV2", 6);
            if (type == PageType.DICTIONARY_PAGE && (entries < 0 || entries > size))
                throw Wrong(at, $"has {entries} entries in {size} bytes");
            if (levels < 0 || levels > compressed) throw Wrong(at, $"has {levels} bytes of levels among {compressed}");
            int count = type == PageType.DATA_PAGE ? Of("Data", 1) : type == PageType.DATA_PAGE_V2 ? Of("DataV2", 1) : 0;
            if (count < 0 || count > values) throw Wrong(at, $"has {count} values of {values}");
            bool isCompressed = head.GetValueOrDefault(("DataV2", 7), 1) == 1;
            long inner = isCompressed ? InnerSize(stream, column.Codec, data + levels, data + compressed) : 0;
            if (isCompressed && column.Codec == CompressionCodec.LZ4 && IsOfHadoop(stream, data + levels, data + compressed, size))
                throw Wrong(at, "is compressed with LZ4 in Hadoop's form, which is not read; write the file with zstd or snappy");
            if (inner > MostBytes(compressed)) throw Wrong(at, $"has {compressed} bytes, and {inner} uncompressed ones");
            values -= count;
            at = data + compressed;
        }
        stream.End = at;
    }

    private static long MostBytes(long compressed) => Math.Min(int.MaxValue, Free + Expansion * compressed);

    private static InvalidDataException Wrong(long at, string what) => new($"the page at byte {at} {what}");

    // What the data itself says of its size; 0 if the format of the compression does not say it.
    private static long InnerSize(ParquetStream stream, CompressionCodec codec, long from, long to)
    {
        if (from >= to || codec is not (CompressionCodec.SNAPPY or CompressionCodec.ZSTD)) return 0;
        stream.Position = from;
        if (codec == CompressionCodec.ZSTD) return ZstdSize(stream, to);
        long size = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            int next = stream.ReadByte();
            size |= (long)(next & 0x7f) << shift;
            if (next < 0x80) break;
        }
        return size;
    }

    // Frames of an uncompressed and a compressed size and a block. A block alone begins with literals, so its first four bytes are a
    // size of at least 2^28.
    private static bool IsOfHadoop(ParquetStream stream, long from, long to, int size)
    {
        if (to - from < 8) return false;
        stream.Position = from;
        return BinaryPrimitives.ReverseEndianness((uint)Number(stream, 4)) <= size
            && BinaryPrimitives.ReverseEndianness((uint)Number(stream, 4)) <= to - from - 8;
    }

    // RFC 8878: the sum over all frames.
    private static long ZstdSize(ParquetStream stream, long to)
    {
        const uint Frame = 0xfd2fb528, Skippable = 0x184d2a5;
        decimal size = 0;
        while (to - stream.Position >= 9)
        {
            uint magic = (uint)Number(stream, 4);
            if (magic >> 4 == Skippable)
            {
                stream.Position += (long)Number(stream, 4);
                continue;
            }
            if (magic != Frame) break; // the decompressor refuses it
            int head = stream.ReadByte(), single = head >> 5 & 1, kind = head >> 6;
            stream.Position += 1 - single + (head & 3) switch { 3 => 4, var bytes => bytes };
            ulong given = Number(stream, kind == 0 ? single : 1 << kind) + (kind == 1 ? 256u : 0);
            bool isGiven = kind > 0 || single == 1;
            for (bool last = false; !last;)
            {
                int block = (int)Number(stream, 3);
                last = (block & 1) == 1;
                stream.Position += (block >> 1 & 3) == 1 ? 1 : block >> 3;
                if (!isGiven) size += ZstdBlock;
            }
            stream.Position += (head >> 2 & 1) * 4;
            size += given;
        }
        return (long)Math.Min(size, long.MaxValue);
    }

    private static ulong Number(ParquetStream stream, int bytes)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        number.Clear();
        stream.ReadExactly(number[..bytes]);
        return BinaryPrimitives.ReadUInt64LittleEndian(number);
    }
}
