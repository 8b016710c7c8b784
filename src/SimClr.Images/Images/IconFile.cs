using System.Buffers.Binary;

namespace SimClr.Images;

/// <summary>Reads the directory of an icon (<c>.ico</c>).</summary>
internal static class IconFile
{
    private const int Head = 6, Entry = 16;

    /// <summary>Whether a file begins as an icon does.</summary>
    public static bool IsIcon(ReadOnlySpan<byte> file) => file is [0, 0, 1, 0, _, _, ..];

    /// <summary>
    /// The icon with the image alone that Pillow takes: the largest by the directory, of these the one with most bits, of these the last.
    /// Skia takes the first of the largest, and a smaller one if that is damaged.
    /// </summary>
    /// <param name="icon">A file of any format.</param>
    /// <param name="name">The name in messages.</param>
    /// <returns>Null if it is no icon, or has one image.</returns>
    /// <exception cref="InvalidDataException">The image is not there whole.</exception>
    public static byte[]? OnlyLargest(ReadOnlySpan<byte> icon, string name)
    {
        if (!IsIcon(icon)) return null;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(icon[4..]), chosen = 0;
        if (count == 0) return null;
        if (icon.Length < Head + count * Entry) throw CutOff(name);
        for (int i = 1; i < count; i++)
        {
            if (Rank(icon, i).CompareTo(Rank(icon, chosen)) >= 0) chosen = i;
        }
        var entry = icon.Slice(Head + chosen * Entry, Entry);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]), offset = BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
        if (offset + length > icon.Length) throw CutOff(name);
        if (count == 1) return null;
        byte[] only = [0, 0, 1, 0, 1, 0, .. entry, .. icon.Slice((int)offset, (int)length)];
        BinaryPrimitives.WriteUInt32LittleEndian(only.AsSpan(Head + 12), Head + Entry);
        return only;
    }

    private static (int Pixels, int Bits) Rank(ReadOnlySpan<byte> icon, int index)
    {
        var entry = icon[(Head + index * Entry)..];
        int width = entry[0] == 0 ? 256 : entry[0], height = entry[1] == 0 ? 256 : entry[1];
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(entry[6..]);
        if (bits == 0) bits = entry[2] == 0 ? 256 : (int)Math.Ceiling(Math.Log2(entry[2]));
        return (width * height, bits == 0 ? 256 : bits);
    }

    private static InvalidDataException CutOff(string name) =>
        new($"{name}: the icon is damaged or cut off; the largest of its images is not there whole.");
}
