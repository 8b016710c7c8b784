using System.Runtime.Intrinsics;
using SimClr.Views;
using SkiaSharp;

namespace SimClr.Data;

/// <summary>From Skia's R, G, B, A with unassociated alpha to R, G, B: turned upright, composited on white.</summary>
internal static class RgbaPixels
{
    /// <summary>Whether rows are stored that become columns.</summary>
    public static bool IsSideways(SKEncodedOrigin origin) => origin >= SKEncodedOrigin.LeftTop;

    public static RgbImage ToRgb(Span<byte> rgba, int width, int height, bool opaque, SKEncodedOrigin origin, DecodeBuffer buffer)
    {
        if (!opaque) CompositeOnWhite(rgba);

        // The source pixel of (0, 0), and the way in the source of one step to the right and one down.
        var (start, right, down) = origin switch
        {
            SKEncodedOrigin.TopRight => (width - 1, -1, width),
            SKEncodedOrigin.BottomRight => (width * height - 1, -1, -width),
            SKEncodedOrigin.BottomLeft => ((height - 1) * width, 1, -width),
            SKEncodedOrigin.LeftTop => (0, width, 1),
            SKEncodedOrigin.RightTop => ((height - 1) * width, -width, 1),
            SKEncodedOrigin.RightBottom => (width * height - 1, -width, -1),
            SKEncodedOrigin.LeftBottom => (width - 1, width, -1),
            _ => (0, 1, width),
        };
        if (IsSideways(origin)) (width, height) = (height, width);

        var pixels = buffer.Take(3 * width * height);
        var rgb = pixels.Span;
        for (int y = 0; y < height; y++)
        {
            var row = rgb.Slice(3 * y * width, 3 * width);
            int from = start + y * down;
            if (right == 1) DropAlpha(rgba.Slice(4 * from, 4 * width), row);
            else Gather(rgba, from, right, row);
        }

        return new RgbImage(pixels, width, height);
    }

    // Each store writes 16 bytes of which 12 count; the next one, or the loop over the rest, overwrites the other 4.
    private static void DropAlpha(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
        int x = 0;
        for (; 3 * x + 16 <= rgb.Length; x += 4)
            Vector128.Shuffle(Vector128.Create(rgba.Slice(4 * x, 16)), order).CopyTo(rgb[(3 * x)..]);
        for (; 3 * x < rgb.Length; x++)
            rgba.Slice(4 * x, 3).CopyTo(rgb[(3 * x)..]);
    }

    private static void Gather(ReadOnlySpan<byte> rgba, int from, int step, Span<byte> rgb)
    {
        for (int o = 0; o < rgb.Length; o += 3, from += step) rgba.Slice(4 * from, 3).CopyTo(rgb[o..]);
    }

    private static void CompositeOnWhite(Span<byte> rgba)
    {
        for (int p = 0; p < rgba.Length; p += 4)
        {
            int alpha = rgba[p + 3];
            if (alpha == 255) continue;
            for (int c = p; c < p + 3; c++) rgba[c] = (byte)((rgba[c] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }
}
