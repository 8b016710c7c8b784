using Microsoft.Win32.SafeHandles;

namespace SimClr.Data;

/// <summary>What .NET's reader of tar does not look at: a header's checksum, and how much memory an extended header asks for.</summary>
internal static class TarHeaders
{
    /// <summary>The size of headers and the unit of everything in a tar.</summary>
    public const int Block = 512;

    private const long LargestExtended = 1 << 20;

    /// <summary>Checks the headers of the entry at an offset, before a reader trusts them.</summary>
    /// <exception cref="InvalidDataException">A checksum is wrong, or an extended header is larger than a name can be.</exception>
    public static void Check(SafeFileHandle file, string path, long offset)
    {
        Span<byte> header = stackalloc byte[Block];
        while (RandomAccess.Read(file, header, offset) == Block && header.ContainsAnyExcept((byte)0))
        {
            if (Octal(header.Slice(148, 8)) is not { } stored || !SumsTo(header, stored))
                throw new InvalidDataException(header is [0x1f, 0x8b, ..]
                    ? $"{path} is compressed by gzip, and its records cannot be read one by one: unpack it (gunzip) first."
                    : $"{path}: at offset {offset} there is no header of a tar; its checksum is wrong.");
            if (header[156] is not ((byte)'x' or (byte)'g' or (byte)'L' or (byte)'K')) return;
            if (Octal(header.Slice(124, 12)) is not (<= LargestExtended and var size))
                throw new InvalidDataException($"{path}: the extended header at offset {offset} says that it is larger than {LargestExtended} bytes, which no name is.");
            offset += Block + Padded(size);
        }
    }

    /// <summary>What data of a length take up.</summary>
    public static long Padded(long length) => (length + Block - 1) / Block * Block;

    // The field itself counts as spaces. Some old programs summed signed bytes.
    private static bool SumsTo(ReadOnlySpan<byte> header, long stored)
    {
        long sum = 8 * ' ', signed = sum;
        for (int i = 0; i < Block; i++)
        {
            if (i is >= 148 and < 156) continue;
            sum += header[i];
            signed += (sbyte)header[i];
        }
        return stored == sum || stored == signed;
    }

    private static long? Octal(ReadOnlySpan<byte> field)
    {
        field = field.Trim(" \0"u8);
        long value = 0;
        foreach (byte digit in field)
        {
            if (digit is < (byte)'0' or > (byte)'7') return null;
            value = value << 3 | (long)(digit - '0');
        }
        return field.IsEmpty ? null : value;
    }
}
