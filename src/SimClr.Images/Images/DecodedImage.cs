namespace SimClr.Images;

/// <summary>A decoded image: (H, W, C) uint8, interleaved, row-major, without padding; borrowed memory.</summary>
/// <param name="Pixels">H·W·C bytes, in [0, 255], as stored: with three channels R, G, B in sRGB.</param>
/// <param name="Width">W, in pixels; at least 1.</param>
/// <param name="Height">H, in pixels; at least 1.</param>
/// <param name="Channels">C, at least 1: 3 for colours, 1 for gray, any other number for bands.</param>
public readonly record struct DecodedImage(ReadOnlyMemory<byte> Pixels, int Width, int Height, int Channels = 3)
{
    /// <summary>Checks that the bytes are as many as the size says.</summary>
    /// <exception cref="ArgumentException">They are not, or a side or the number of channels is not positive.</exception>
    public DecodedImage Checked() =>
        Width > 0 && Height > 0 && Channels > 0 && Pixels.Length == Width * Height * Channels
            ? this
            : throw new ArgumentException($"An image of {Width} × {Height} pixels needs {(long)Width * Height * Channels} bytes and at least one pixel; it has {Pixels.Length} bytes.");

    /// <summary>The image as it can be looked at, with three channels: itself; one channel as gray; of more the first three, of two the second one twice.</summary>
    public DecodedImage ToRgb()
    {
        if (Channels == 3) return this;
        var from = Pixels.Span;
        byte[] rgb = new byte[3 * Width * Height];
        for (int i = 0; i < rgb.Length; i++) rgb[i] = from[i / 3 * Channels + Math.Min(i % 3, Channels - 1)];
        return new DecodedImage(rgb, Width, Height);
    }
}
