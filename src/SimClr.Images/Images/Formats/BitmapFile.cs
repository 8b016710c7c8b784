using System.Buffers.Binary;

namespace SimClr.Images;

/// <summary>Reads the head of a Windows bitmap, to read as Pillow does what the format leaves open.</summary>
/// <remarks>Source: BITMAPINFOHEADER and its successors, Microsoft.</remarks>
internal static class BitmapFile
{
    private const int FileHead = 14, ShortHead = 40, RunLength8 = 1, RunLength4 = 2, BitFields = 3;

    /// <summary>
    /// The same bitmap with a palette for all indices: those beyond its palette are shades of gray. Skia makes them black.
    /// </summary>
    /// <param name="bitmap">A file of any format.</param>
    /// <returns>Null if it is no bitmap, or has a whole palette.</returns>
    public static byte[]? WithWholePalette(ReadOnlySpan<byte> bitmap)
    {
        if (!HasHead(bitmap)) return null;
        uint pixels = Number(bitmap, 10), used = Number(bitmap, 46);
        int head = (int)Math.Min(Number(bitmap, 14), 256), bits = bitmap[28], start = FileHead + head;
        if (bits is not (1 or 2 or 4 or 8) || used == 0 || used >= 1u << bits || start + 4 * used > pixels || pixels > bitmap.Length)
            return null;
        int colors = 1 << bits;
        byte[] whole = new byte[start + 4 * colors + bitmap.Length - (int)pixels];
        bitmap[..(start + 4 * (int)used)].CopyTo(whole);
        for (int i = (int)used; i < colors; i++) whole.AsSpan(start + 4 * i, 3).Fill((byte)i);
        bitmap[(int)pixels..].CopyTo(whole.AsSpan(start + 4 * colors));
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(2), (uint)whole.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(10), (uint)(start + 4 * colors));
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(46), 0);
        return whole;
    }

    /// <summary>
    /// Pixels that run-length encoding skips get the first colour of the palette; Skia leaves them transparent. Pixels of 16 bits are
    /// opaque, also where the head declares a bit of opacity.
    /// </summary>
    /// <param name="bitmap">The whole file.</param>
    /// <param name="rgba">The decoded pixels; changed.</param>
    public static void Complete(ReadOnlySpan<byte> bitmap, Span<byte> rgba)
    {
        if (!HasHead(bitmap)) return;
        uint compression = Number(bitmap, 30);
        if (compression is RunLength8 or RunLength4)
        {
            long palette = FileHead + (long)Number(bitmap, 14);
            if (palette + 4 > bitmap.Length) return;
            ImageDecoder.FillTransparent(rgba, [bitmap[(int)palette + 2], bitmap[(int)palette + 1], bitmap[(int)palette]]);
        }
        else if (compression == BitFields && bitmap[28] == 16)
        {
            for (int p = 3; p < rgba.Length; p += 4) rgba[p] = 255;
        }
    }

    private static bool HasHead(ReadOnlySpan<byte> bitmap) =>
        bitmap.Length >= FileHead + ShortHead && bitmap.StartsWith("BM"u8) && Number(bitmap, 14) >= ShortHead;

    private static uint Number(ReadOnlySpan<byte> bitmap, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bitmap[at..]);
}
