namespace SimClr.Views;

/// <summary>A decoded image: (H, W, 3) uint8, interleaved R, G, B, row-major, without padding; borrowed memory.</summary>
/// <param name="Pixels">H·W·3 bytes, in [0, 255], sRGB as stored.</param>
/// <param name="Width">W, in pixels; at least 1.</param>
/// <param name="Height">H, in pixels; at least 1.</param>
public readonly record struct RgbImage(ReadOnlyMemory<byte> Pixels, int Width, int Height)
{
    /// <summary>Checks that the bytes are as many as the size says.</summary>
    /// <exception cref="ArgumentException">They are not, or a side is not positive.</exception>
    public RgbImage Checked() =>
        Width > 0 && Height > 0 && Pixels.Length == Width * Height * 3
            ? this
            : throw new ArgumentException($"An image of {Width} × {Height} pixels needs {(long)Width * Height * 3} bytes and at least one pixel; it has {Pixels.Length} bytes.");
}
