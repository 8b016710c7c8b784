using System.Numerics;
using System.Runtime.InteropServices;

namespace SimClr.IO;

/// <summary>The checksum CRC-32C (Castagnoli; RFC 3720, B.4) and LevelDB's mask for storing it beside what it is of.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of everything that <paramref name="crc"/> is of followed by <paramref name="bytes"/>; 0 is that of nothing.</summary>
    public static uint Extend(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words) crc = BitOperations.Crc32C(crc, word);
        foreach (byte rest in bytes[(words.Length * sizeof(ulong))..]) crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }

    /// <summary>The form in which files carry it.</summary>
    public static uint Mask(uint crc) => BitOperations.RotateRight(crc, 15) + 0xa282ead8;
}
