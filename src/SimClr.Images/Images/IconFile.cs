using System.Buffers.Binary;

namespace SimClr.Images;

/// <summary>Reads the directory of an icon (<c>.ico</c>, <c>.cur</c>).</summary>
internal static class IconFile
{
    private const int Head = 6, Entry = 16;

    /// <summary>
    /// Whether the decoded image is the largest one in the file. Skia skips truncated and damaged images and returns a smaller one instead.
    /// </summary>
    /// <param name="icon">The file.</param>
    /// <param name="width">Of the decoded image, in pixels.</param>
    /// <param name="height">Of the decoded image, in pixels.</param>
    public static bool HasNoLarger(ReadOnlySpan<byte> icon, int width, int height)
    {
        int count = icon.Length < Head ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(icon[4..]);
        for (int i = 0; i < count; i++)
        {
            if (icon.Length < Head + (i + 1) * Entry) return false;
            var entry = icon.Slice(Head + i * Entry, Entry);
            int across = entry[0] == 0 ? 256 : entry[0], down = entry[1] == 0 ? 256 : entry[1];
            if (across * down <= (long)width * height) continue;
            // Some programs write other sizes here than the image itself has. The image's own size counts.
            long offset = BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
            if (offset + length > icon.Length) return false;
            if (Size(icon.Slice((int)offset, (int)length)) is not { } size || size > (ulong)width * (ulong)height) return false;
        }
        return true;
    }

    // The size of a PNG, or of a bitmap without its file header. Such a bitmap has twice the rows: the second half is a mask.
    private static ulong? Size(ReadOnlySpan<byte> image)
    {
        if (image.Length < 24) return null;
        return image[..4] is [0x89, (byte)'P', (byte)'N', (byte)'G']
            ? (ulong)BinaryPrimitives.ReadUInt32BigEndian(image[16..]) * BinaryPrimitives.ReadUInt32BigEndian(image[20..])
            : (ulong)BinaryPrimitives.ReadUInt32LittleEndian(image[4..]) * (BinaryPrimitives.ReadUInt32LittleEndian(image[8..]) / 2);
    }
}
