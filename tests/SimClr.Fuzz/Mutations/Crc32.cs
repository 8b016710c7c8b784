namespace SimClr.Fuzz.Mutations;

/// <summary>The CRC-32 of PNG, zip and gzip (ISO 3309), from its polynomial.</summary>
internal static class Crc32
{
    private static readonly uint[] Remainders =
        [.. Enumerable.Range(0, 256).Select(i => Enumerable.Range(0, 8).Aggregate((uint)i, (crc, _) => (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1))];

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        foreach (byte b in bytes) crc = Remainders[(byte)crc ^ b] ^ crc >> 8;
        return ~crc;
    }
}
