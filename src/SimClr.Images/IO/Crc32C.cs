using System.Numerics;
using System.Runtime.InteropServices;

namespace SimClr.IO;

/// <summary>The checksum CRC-32C (Castagnoli; RFC 3720, B.4) and LevelDB's mask for storing it beside the data that it covers.</summary>
internal static class Crc32C
{
    /// <summary>Extends a checksum: from that of the bytes before to that of all. The checksum of no bytes is 0.</summary>
    public static uint Extend(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words) crc = BitOperations.Crc32C(crc, word);
        foreach (byte rest in bytes[(words.Length * sizeof(ulong))..]) crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }

    /// <summary>The masked form that files store.</summary>
    public static uint Mask(uint crc) => BitOperations.RotateRight(crc, 15) + 0xa282ead8;
}
