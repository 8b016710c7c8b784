using System.Runtime.Intrinsics;
using SkiaSharp;

namespace SimClr.Images;

/// <summary>Converts Skia's R, G, B, A (unassociated alpha) to R, G, B: upright, and composited on white.</summary>
internal static class RgbaPixels
{
    private const int Band = 16; // rows; after a rotation their pixels are neighbours in memory

    /// <summary>Whether the stored rows become columns.</summary>
    public static bool IsSideways(SKEncodedOrigin origin) => origin >= SKEncodedOrigin.LeftTop;

    /// <summary>Copies some stored rows to their place in the upright image.</summary>
    /// <param name="rgba">Complete rows as stored. Rows with transparency are changed.</param>
    /// <param name="firstRow">The index of the first row in the image.</param>
    /// <param name="width">Width of the stored image, in pixels.</param>
    /// <param name="height">Height of the stored image, in pixels.</param>
    /// <param name="opaque">Whether no pixel is transparent.</param>
    /// <param name="origin">How it is stored.</param>
    /// <param name="rgb">
    /// The whole upright image. It may overlap <paramref name="rgba"/> from its first byte if that is the whole image, stored upright.
    /// </param>
    public static void ToRgb(Span<byte> rgba, int firstRow, int width, int height, bool opaque, SKEncodedOrigin origin, Span<byte> rgb)
    {
        if (!opaque) CompositeOnWhite(rgba);

        var (start, right, down) = Steps(width, height, origin);
        int rows = rgba.Length / (4 * width);
        start += firstRow * down;
        if (right == 1)
        {
            for (int y = 0; y < rows; y++) DropAlpha(rgba.Slice(4 * y * width, 4 * width), rgb.Slice(3 * (start + y * down), 3 * width));
            return;
        }
        for (int top = 0; top < rows; top += Band)
        {
            int bottom = Math.Min(top + Band, rows);
            if (right == -1)
            {
                for (int y = top; y < bottom; y++) Scatter(rgba, y * width, 1, width, rgb, start + y * down, right);
            }
            else
            {
                for (int x = 0; x < width; x++)
                    Scatter(rgba, top * width + x, width, bottom - top, rgb, start + x * right + top * down, down);
            }
        }
    }

    /// <summary>The place of the stored pixel (0, 0) in the upright image, and the steps for one pixel to the right and one down.</summary>
    /// <param name="width">Width of the stored image, in pixels.</param>
    /// <param name="height">Height of the stored image, in pixels.</param>
    /// <param name="origin">How it is stored.</param>
    public static (int Start, int Right, int Down) Steps(int width, int height, SKEncodedOrigin origin) => origin switch
    {
        SKEncodedOrigin.TopRight => (width - 1, -1, width),
        SKEncodedOrigin.BottomRight => (width * height - 1, -1, -width),
        SKEncodedOrigin.BottomLeft => ((height - 1) * width, 1, -width),
        SKEncodedOrigin.LeftTop => (0, height, 1),
        SKEncodedOrigin.RightTop => (height - 1, height, -1),
        SKEncodedOrigin.RightBottom => (width * height - 1, -height, -1),
        SKEncodedOrigin.LeftBottom => ((width - 1) * height, -height, 1),
        _ => (0, 1, width),
    };

    // Each store writes 16 bytes, of which 12 count. The next store, or the loop over the rest, overwrites the other 4. They never
    // overwrite unread input.
    private static void DropAlpha(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
        int x = 0;
        for (; 3 * x + 16 <= rgb.Length; x += 4)
            Vector128.Shuffle(Vector128.Create(rgba.Slice(4 * x, 16)), order).CopyTo(rgb[(3 * x)..]);
        for (; 3 * x < rgb.Length; x++)
            rgba.Slice(4 * x, 3).CopyTo(rgb[(3 * x)..]);
    }

    private static void Scatter(ReadOnlySpan<byte> rgba, int from, int fromStep, int count, Span<byte> rgb, int to, int toStep)
    {
        for (int i = 0; i < count; i++, from += fromStep, to += toStep) rgba.Slice(4 * from, 3).CopyTo(rgb[(3 * to)..]);
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
