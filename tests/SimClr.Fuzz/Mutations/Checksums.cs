using System.Buffers.Binary;
using System.Text;
using SimClr.IO;

namespace SimClr.Fuzz.Mutations;

/// <summary>
/// Corrects the checksums of a changed file, as far as its structure is intact, so that the code behind the checksum is tested too.
/// </summary>
internal static class Checksums
{
    private const int TarBlock = 512, TarSum = 148, TarSize = 124;

    /// <summary>The CRC of every chunk.</summary>
    public static byte[] Png(byte[] png)
    {
        for (long at = 8; at + 12 <= png.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan((int)at));
            if (at + 12 + length > png.Length) break;
            var named = png.AsSpan((int)at + 4, 4 + (int)length);
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan((int)(at + 8 + length)), Crc32.Of(named));
            at += 12 + length;
        }
        return png;
    }

    /// <summary>The sum of every header.</summary>
    public static byte[] Tar(byte[] tar)
    {
        for (long at = 0; at + TarBlock <= tar.Length;)
        {
            var header = tar.AsSpan((int)at, TarBlock);
            if (!header.ContainsAnyExcept((byte)0)) break;
            header.Slice(TarSum, 8).Fill((byte)' ');
            int sum = 0;
            foreach (byte b in header) sum += b;
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", header[TarSum..]);
            at += TarBlock + (Octal(header.Slice(TarSize, 12)) + TarBlock - 1) / TarBlock * TarBlock;
        }
        return tar;
    }

    /// <summary>The CRC of every stored record, in the directory and, if present, in the record's header.</summary>
    public static byte[] Zip(byte[] zip)
    {
        for (int at = 0; at + 46 <= zip.Length; at++)
        {
            var entry = zip.AsSpan(at);
            if (!entry.StartsWith("PK\x01\x02"u8)) continue;
            long size = BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]), local = BinaryPrimitives.ReadUInt32LittleEndian(entry[42..]);
            if (local + 30 > zip.Length || !zip.AsSpan((int)local).StartsWith("PK\x03\x04"u8)) continue;
            long data = local + 30 + BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan((int)local + 26)) + BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan((int)local + 28));
            if (data + size > zip.Length) continue;
            uint crc = Crc32.Of(zip.AsSpan((int)data, (int)size));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], crc);
            bool later = (zip[local + 6] & 8) != 0; // behind the data, which nothing reads
            if (!later) BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan((int)local + 14), crc);
        }
        return zip;
    }

    /// <summary>Both checksums of a tar's index (<c>ShardIndexHeader</c>).</summary>
    public static byte[] ShardIndex(byte[] index)
    {
        if (index.Length < 48) return index;
        BinaryPrimitives.WriteUInt32LittleEndian(index.AsSpan(40), Crc32C.Extend(0, index.AsSpan(48)));
        BinaryPrimitives.WriteUInt32LittleEndian(index.AsSpan(44), Crc32C.Extend(0, index.AsSpan(0, 44)));
        return index;
    }

    /// <summary>The checksums of the blocks in a sorted table with one data block: that block, an empty one, and the index.</summary>
    public static byte[] SortedTable(byte[] table)
    {
        int footer = table.Length - 48, at = footer;
        if (footer < 0) return table;
        Span<long> numbers = stackalloc long[4]; // offset and size of the two blocks
        for (int i = 0; i < 4; i++)
        {
            for (int shift = 0; at < table.Length; shift += 7)
            {
                byte b = table[at++];
                numbers[i] |= (long)(b & 0x7f) << shift;
                if (b < 0x80) break;
            }
        }
        foreach (var (offset, size) in ((long, long)[])[(0, numbers[0] - 5), (numbers[0], numbers[1]), (numbers[2], numbers[3])])
        {
            if (offset < 0 || size < 0 || offset > footer || size > footer - offset - 5) continue;
            uint crc = Crc32C.Extend(0, table.AsSpan((int)offset, (int)size + 1));
            BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan((int)(offset + size + 1)), Crc32C.Mask(crc));
        }
        return table;
    }

    /// <summary>The header length of a safetensors file: up to its closing brace, plus the spaces behind it.</summary>
    public static byte[] Safetensors(byte[] file)
    {
        int depth = 0;
        bool quoted = false;
        for (int at = 8; at < file.Length; at++)
        {
            if (file[at] == '"' && file[at - 1] != '\\') quoted = !quoted;
            if (quoted) continue;
            depth += file[at] == '{' ? 1 : file[at] == '}' ? -1 : 0;
            if (depth > 0) continue;
            while (at + 1 < file.Length && file[at + 1] == ' ') at++;
            BinaryPrimitives.WriteInt64LittleEndian(file, at + 1 - 8);
            break;
        }
        return file;
    }

    private static long Octal(ReadOnlySpan<byte> field)
    {
        long value = 0;
        foreach (byte digit in field)
        {
            if (digit is >= (byte)'0' and <= (byte)'7') value = value << 3 | (long)(digit - '0');
        }
        return Math.Min(value, int.MaxValue);
    }
}
