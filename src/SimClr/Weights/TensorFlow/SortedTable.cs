using System.Buffers.Binary;
using SimClr.IO;
using Snappier;

namespace SimClr.Weights;

/// <summary>
/// Reads LevelDB's immutable sorted table: data blocks, an index block that lists them, and a footer of 48 bytes. A key shares a prefix
/// with the key before it. Every block ends with its compression (none or Snappy) and its checksum.
/// </summary>
/// <remarks>
/// Source: doc/table_format.md of github.com/google/leveldb. Memory is limited to 64 MiB of keys and 32 times the file (the most that
/// Snappy can save).
/// </remarks>
internal sealed class SortedTable(Stream file, string name)
{
    private const ulong Magic = 0xdb4775248b80fb57;
    private const int FooterBytes = 48, TrailerBytes = 5, MaxKeyBytes = 4096, MaxKeyBytesInAll = 1 << 26;

    private long keyBytes;

    /// <summary>All entries in the order of their keys, with their offset in the file.</summary>
    /// <exception cref="InvalidDataException">The table violates the format. The message names the file and the offset.</exception>
    public IEnumerable<(byte[] Key, byte[] Value, long Offset)> Entries()
    {
        var (indexOffset, indexSize) = Footer();
        byte[] last = [];
        long end = 0;
        bool any = false;
        foreach (var (_, handle, at) in Block(indexOffset, indexSize))
        {
            int position = 0;
            long offset = Varint(handle, ref position, handle.Length, at), size = Varint(handle, ref position, handle.Length, at);
            if (offset < end) throw Broken(at, "the blocks are not in order");
            foreach (var entry in Block(offset, size))
            {
                int order = any ? entry.Key.AsSpan().SequenceCompareTo(last) : 1;
                if (order <= 0)
                    throw Broken(entry.Offset, $"the key '{Text(entry.Key)}' {(order == 0 ? "is there twice" : "is not in order")}");
                (last, any) = (entry.Key, true);
                yield return entry;
            }
            end = offset + size + TrailerBytes;
        }
    }

    private (long Offset, long Size) Footer()
    {
        long start = file.Length - FooterBytes;
        if (start < 0)
            throw new InvalidDataException(
                $"{name} is no sorted table, or is cut short: it has {file.Length} bytes, and the footer alone takes {FooterBytes}.");
        var footer = new byte[FooterBytes];
        file.Position = start;
        file.ReadExactly(footer);
        if (BinaryPrimitives.ReadUInt64LittleEndian(footer.AsSpan(FooterBytes - 8)) != Magic)
            throw Broken(file.Length - 8, "there is no sorted table's mark; the file is something else, or cut short");
        int at = 0;
        _ = Varint(footer, ref at, FooterBytes - 8, start);
        _ = Varint(footer, ref at, FooterBytes - 8, start);
        return (Varint(footer, ref at, FooterBytes - 8, start), Varint(footer, ref at, FooterBytes - 8, start));
    }

    private List<(byte[] Key, byte[] Value, long Offset)> Block(long offset, long size)
    {
        if (size < 4 || size > Array.MaxLength - TrailerBytes || offset > file.Length - FooterBytes - TrailerBytes - size)
            throw Broken(offset, $"a block of {size} bytes does not fit into the file");
        var block = new byte[size + TrailerBytes];
        file.Position = offset;
        file.ReadExactly(block);

        int length = (int)size;
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(length + 1));
        if (Crc32C.Mask(Crc32C.Extend(0, block.AsSpan(0, length + 1))) != stored)
            throw Broken(offset, $"the block of {size} bytes does not have its checksum: it is damaged");
        return block[length] switch
        {
            0 => Entries(block.AsSpan(0, length), offset, 1),
            1 => Entries(Decompressed(block.AsSpan(0, length), offset), offset, 0),
            var method => throw Broken(offset, $"the block is compressed by the method {method}; known are 0 (none) and 1 (Snappy)"),
        };
    }

    // Snappy's densest element is 3 bytes for 64. A block that announces more is wrong, and gets no memory.
    private byte[] Decompressed(ReadOnlySpan<byte> block, long offset)
    {
        try
        {
            int length = Snappy.GetUncompressedLength(block);
            if (length is >= 4 && length <= 32L * block.Length) return Snappy.DecompressToArray(block);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"{name}: at offset {offset} the block is not what Snappy writes: {e.Message}", e);
        }
        throw Broken(offset, $"the block of {block.Length} bytes does not have the length that Snappy can have made it of");
    }

    // In an uncompressed block the offsets of entries are known (step 1); else all have the offset of the block (step 0).
    private List<(byte[] Key, byte[] Value, long Offset)> Entries(ReadOnlySpan<byte> block, long offset, int step)
    {
        uint restarts = BinaryPrimitives.ReadUInt32LittleEndian(block[^4..]);
        if (restarts > (uint)(block.Length - 4) / 4) throw Broken(offset, $"{restarts} restart points do not fit into the block");
        int end = block.Length - 4 - 4 * (int)restarts;
        var entries = new List<(byte[], byte[], long)>();
        byte[] last = [];
        for (int at = 0; at < end;)
        {
            long here = offset + step * at;
            long shared = Varint(block, ref at, end, here), rest = Varint(block, ref at, end, here),
                value = Varint(block, ref at, end, here);
            if (shared > last.Length || rest > end - at || value > end - at - rest)
                throw Broken(here, "an entry reaches beyond its block or shares more than there is");
            if (shared + rest > MaxKeyBytes || (keyBytes += shared + rest) > MaxKeyBytesInAll)
                throw Broken(here, $"the keys are too long: {MaxKeyBytes} bytes each and {MaxKeyBytesInAll} in all are read here");
            byte[] key = [.. last.AsSpan(0, (int)shared), .. block.Slice(at, (int)rest)];
            at += (int)rest;
            entries.Add((key, block.Slice(at, (int)value).ToArray(), here));
            at += (int)value;
            last = key;
        }
        return entries;
    }

    // Lengths and offsets: at most 63 bits.
    private long Varint(ReadOnlySpan<byte> bytes, ref int at, int end, long offset)
    {
        long value = 0;
        for (int shift = 0; shift < 63 && at < end; shift += 7)
        {
            byte b = bytes[at++];
            value |= (long)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }
        throw Broken(offset, "a length does not end");
    }

    private static string Text(byte[] key) => System.Text.Encoding.UTF8.GetString(key);

    private InvalidDataException Broken(long offset, string what) => new($"{name}: at offset {offset} {what}.");
}
