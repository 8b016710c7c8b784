using System.Globalization;
using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// Finds PNGs with 16 bits per channel whose values use little of the range, as 12-bit cameras and microscopes write them. Only the higher
/// 8 bits are read.
/// </summary>
public static class SixteenBitImages
{
    private const int Looked = 16, Full = 128, BitsAt = 24; // half of 8 bits; the offset of the bit depth in a PNG

    /// <summary>Whether the image is a PNG with 16 bits per channel.</summary>
    /// <param name="head">At least the first 25 bytes.</param>
    public static bool Is(ReadOnlySpan<byte> head) =>
        head.Length > BitsAt && head is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] && head[BitsAt] == 16;

    /// <summary>The largest value of a decoded uint8 image, in [0, 255].</summary>
    public static byte Highest(DecodedImage image)
    {
        byte highest = 0;
        foreach (byte value in image.Pixels.Span) highest = Math.Max(highest, value);
        return highest;
    }

    /// <summary>What 16-bit images lose; null if there are none, or if their values use at least half of the range.</summary>
    /// <param name="count">The number of 16-bit images among those checked.</param>
    /// <param name="highest">Their largest value after decoding.</param>
    public static string? Loss(int count, byte highest)
    {
        if (count == 0 || highest >= Full) return null;
        int levels = highest + 1;
        return string.Create(CultureInfo.InvariantCulture,
            $"{count} PNGs of 16 bits have no value above {256 * levels - 1}; the higher 8 bits are read, so that {levels} " +
            $"of {256 * levels} levels are left{(highest == 0 ? ": the images are black" : "")}. Scale their values to 8 bits first.");
    }

    /// <summary>Checks some images of a data set, and decodes the 16-bit ones.</summary>
    public static string? Loss(IImageDataset data)
    {
        if (data is not IEncodedImages images) return null;
        int count = 0, looked = Math.Min(Looked, images.Count);
        byte highest = 0;
        Span<byte> head = stackalloc byte[BitsAt + 1];
        for (int i = 0; i < looked; i++)
        {
            int index = (int)((long)i * images.Count / looked);
            try
            {
                if (!Is(head[..images.ReadHead(index, head)])) continue;
                var image = images.Read(index);
                if (image.Type != PixelType.UInt8) continue; // read without loss
                highest = Math.Max(highest, Highest(image));
                count++;
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                // The reader of this image reports the damage.
            }
        }
        return Loss(count, highest) is { } loss ? $"Of {looked} images looked at, {loss}" : null;
    }
}
