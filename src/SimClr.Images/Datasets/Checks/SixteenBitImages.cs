using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>PNGs of 16 bits a channel whose values take up little of that range, as cameras of 12 bits and microscopes write them: of 16 bits the higher 8 are read.</summary>
public static class SixteenBitImages
{
    private const int Looked = 16, Full = 128, BitsAt = 24; // half of 8 bits; where a PNG has its depth

    /// <summary>Whether the image is a PNG of 16 bits a channel.</summary>
    /// <param name="head">25 bytes of it at least.</param>
    public static bool Is(ReadOnlySpan<byte> head) => head.Length > BitsAt && head is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] && head[BitsAt] == 16;

    /// <summary>The greatest value of a decoded image of uint8, in [0, 255].</summary>
    public static byte Highest(DecodedImage image)
    {
        byte highest = 0;
        foreach (byte value in image.Pixels.Span) highest = Math.Max(highest, value);
        return highest;
    }

    /// <summary>What is lost of images of 16 bits; null where their values take up at least half of the range, or there are none.</summary>
    /// <param name="count">How many there are among those that were looked at.</param>
    /// <param name="highest">The greatest value of all of them, after decoding.</param>
    public static string? Loss(int count, byte highest)
    {
        if (count == 0 || highest >= Full) return null;
        int levels = highest + 1;
        return FormattableString.Invariant($"{count} PNGs of 16 bits have no value above {256 * levels - 1}; the higher 8 bits are read, so that {levels} of {256 * levels} levels are left{(highest == 0 ? ": the images are black" : "")}. Scale their values to 8 bits first.");
    }

    /// <summary>Looks at some images of a data set, and decodes those of 16 bits among them.</summary>
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
                if (image.Type != PixelType.UInt8) continue; // nothing is lost
                highest = Math.Max(highest, Highest(image));
                count++;
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                // Whoever reads it for its own sake says so.
            }
        }
        return Loss(count, highest) is { } loss ? $"Of {looked} images looked at, {loss}" : null;
    }
}
