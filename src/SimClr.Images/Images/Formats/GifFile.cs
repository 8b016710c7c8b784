namespace SimClr.Images;

/// <summary>Reads the head of a GIF.</summary>
/// <remarks>Source: GIF89a specification, sections 18 to 23.</remarks>
internal static class GifFile
{
    private const int Head = 13, Extension = 0x21, Control = 0xf9, Picture = 0x2c, HasPalette = 0x80;

    /// <summary>
    /// Gives the pixels that the first picture does not cover the first colour of its palette, as Pillow does, unless the picture has a
    /// transparent colour. Skia leaves them transparent.
    /// </summary>
    /// <param name="gif">The whole file.</param>
    /// <param name="rgba">The decoded pixels; changed.</param>
    public static void FillUncovered(ReadOnlySpan<byte> gif, Span<byte> rgba)
    {
        if (gif.Length <= Head) return;
        bool hasGlobal = (gif[10] & HasPalette) != 0;
        int at = Head + (hasGlobal ? 3 << (gif[10] & 7) + 1 : 0);
        while (at + 10 <= gif.Length && gif[at] == Extension)
        {
            if (gif[at + 1] == Control && (gif[at + 3] & 1) != 0) return;
            for (at += 2; at < gif.Length && gif[at] > 0;) at += 1 + gif[at];
            at++;
        }
        if (at + 13 > gif.Length || gif[at] != Picture) return;
        ReadOnlySpan<byte> color = (gif[at + 9] & HasPalette) != 0 ? gif.Slice(at + 10, 3) : hasGlobal ? gif.Slice(Head, 3) : [0, 0, 0];
        ImageDecoder.FillTransparent(rgba, color);
    }
}
