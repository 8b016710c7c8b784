using System.Buffers;
using SkiaSharp;

namespace SimClr.Images;

/// <summary>Makes an upright image of the rows of a file.</summary>
internal static class RowDecoder
{
    /// <summary>Decodes all rows.</summary>
    /// <param name="rows">The file, not yet read.</param>
    /// <param name="buffer">Receives the values.</param>
    /// <param name="options">Null: all channels.</param>
    /// <exception cref="InvalidDataException">The file is damaged or too large, or has not the chosen channels.</exception>
    public static DecodedImage Decode(ImageRows rows, DecodeBuffer buffer, DecodeOptions? options)
    {
        var map = new ChannelMap(rows, options);
        var stored = new DecodedImage(default, rows.Width, rows.Height, map.Channels, rows.Type);
        int pixel = map.Channels * stored.BytesPerValue;
        CheckBytes(rows.Name, rows.Width, rows.Height, Math.Max(map.Channels, rows.Channels) * stored.BytesPerValue);
        var upright = buffer.Take(rows.Width * rows.Height * pixel);
        bool isUpright = rows.Origin == SKEncodedOrigin.TopLeft;
        var target = isUpright ? upright : GC.AllocateUninitializedArray<byte>(upright.Length);
        byte[] row = ArrayPool<byte>.Shared.Rent(rows.RowBytes);
        try
        {
            for (int y = 0, bytes = rows.Width * pixel; y < rows.Height; y++)
            {
                var to = target.Span.Slice(y * bytes, bytes);
                if (map.IsIdentity)
                {
                    rows.Read(y, to);
                    continue;
                }
                rows.Read(y, row.AsSpan(0, rows.RowBytes));
                map.Apply(row.AsSpan(0, rows.RowBytes), to);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(row);
        }
        if (isUpright) return stored with { Bytes = upright };
        Turn(target.Span, rows.Width, rows.Height, pixel, rows.Origin, upright.Span);
        return RgbaPixels.IsSideways(rows.Origin) ? stored with { Bytes = upright, Width = rows.Height, Height = rows.Width }
            : stored with { Bytes = upright };
    }

    /// <summary>Checks a size against <see cref="ImageDecoder.MaxPixels"/> and the memory that a pixel takes.</summary>
    /// <param name="name">The file.</param>
    /// <param name="width">W, in pixels.</param>
    /// <param name="height">H, in pixels.</param>
    /// <param name="pixel">Bytes per pixel, in the file or decoded. A pixel of more than 12 bytes counts as several.</param>
    /// <exception cref="InvalidDataException">It is too large.</exception>
    public static void CheckBytes(string name, int width, int height, long pixel)
    {
        const int Usual = 12; // three floats
        ImageDecoder.CheckPixels(name, width, height);
        if ((double)width * height * pixel > Math.Min((double)Array.MaxLength, (double)Usual * ImageDecoder.MaxPixels))
            throw new InvalidDataException($"{name}: {width} × {height} pixels of {pixel} bytes are more than are decoded at once; " +
                $"--max-image-megapixels, or ImageDecoder.MaxPixels, allows more, up to 2 GB.");
    }

    private static void Turn(ReadOnlySpan<byte> stored, int width, int height, int pixel, SKEncodedOrigin origin, Span<byte> upright)
    {
        var (start, right, down) = RgbaPixels.Steps(width, height, origin);
        for (int y = 0, from = 0; y < height; y++)
        {
            for (int x = 0, to = start + y * down; x < width; x++, to += right, from += pixel)
                stored.Slice(from, pixel).CopyTo(upright[(to * pixel)..]);
        }
    }
}
