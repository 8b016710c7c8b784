using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SimClr.Images;

/// <summary>A decoded image: (H, W, C) uint8, uint16 or float32, interleaved, row-major, without padding. The memory is borrowed.</summary>
/// <param name="Bytes">The H·W·C values. Three channels are R, G, B in sRGB.</param>
/// <param name="Width">W, in pixels; at least 1.</param>
/// <param name="Height">H, in pixels; at least 1.</param>
/// <param name="Channels">C, at least 1: 3 for colours, 1 for gray, any other number for bands.</param>
/// <param name="Type">The type and range of the values.</param>
public readonly record struct DecodedImage(
    ReadOnlyMemory<byte> Bytes, int Width, int Height, int Channels = 3, PixelType Type = PixelType.UInt8)
{
    /// <summary>The values of a uint8 image, in [0, 255].</summary>
    /// <exception cref="InvalidOperationException">The values have another type (<see cref="Values"/>, <see cref="ToUInt8"/>).</exception>
    public ReadOnlyMemory<byte> Pixels =>
        Type == PixelType.UInt8 ? Bytes : throw new InvalidOperationException($"The image has {Type} values, and UInt8 is needed here.");

    /// <summary>Bytes per value: 1, 2 or 4.</summary>
    public int BytesPerValue => Type switch { PixelType.UInt8 => sizeof(byte), PixelType.UInt16 => sizeof(ushort), _ => sizeof(float) };

    /// <summary>An image with a copy of the values.</summary>
    /// <typeparam name="T">byte, ushort or float.</typeparam>
    /// <param name="values">(H, W, C).</param>
    /// <param name="width">W, in pixels.</param>
    /// <param name="height">H, in pixels.</param>
    /// <param name="channels">C.</param>
    /// <exception cref="ArgumentException">The number of values does not fit the size, or T is another type.</exception>
    public static DecodedImage Of<T>(ReadOnlySpan<T> values, int width, int height, int channels = 3) where T : unmanaged =>
        new DecodedImage(MemoryMarshal.AsBytes(values).ToArray(), width, height, channels, TypeOf<T>()).Checked();

    /// <summary>The H·W·C values.</summary>
    /// <typeparam name="T">byte for uint8, ushort for uint16, float for float32.</typeparam>
    /// <exception cref="InvalidOperationException">The values have another type.</exception>
    public ReadOnlySpan<T> Values<T>() where T : unmanaged =>
        TypeOf<T>() == Type ? MemoryMarshal.Cast<byte, T>(Bytes.Span)
            : throw new InvalidOperationException($"The image has {Type} values, not {typeof(T).Name}.");

    /// <summary>Checks that the number of bytes fits the size.</summary>
    /// <exception cref="ArgumentException">It does not fit, or a side or the number of channels is not positive.</exception>
    public DecodedImage Checked() =>
        Width > 0 && Height > 0 && Channels > 0 && Bytes.Length == (Int128)Width * Height * Channels * BytesPerValue
            ? this
            : throw new ArgumentException($"An image of {Width} × {Height} pixels " +
                $"needs {(Int128)Width * Height * Channels * BytesPerValue} bytes and at least one pixel; it has {Bytes.Length} bytes.");

    /// <summary>The image as uint8: the image itself, or a copy with values rounded to 1/255 of their range.</summary>
    /// <param name="prepared">Its value range says which values become 0 and 255. Null: the range of the type.</param>
    /// <exception cref="InvalidDataException">The value range is not for values of this type.</exception>
    public DecodedImage ToUInt8(Preprocessing? prepared = null)
    {
        if (Type == PixelType.UInt8 && prepared is null or { ValueRange.Count: 0 }) return this;
        byte[] bytes = new byte[Bytes.Length / BytesPerValue];
        float[] values = new float[bytes.Length];
        Scale(prepared ?? new Preprocessing(), 255, values);
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)MathF.Round(values[i]);
        return new DecodedImage(bytes, Width, Height, Channels);
    }

    /// <summary>
    /// The values, with the ends of their range at 0 and <paramref name="to"/>. Values outside are clipped; NaN becomes 0.
    /// </summary>
    internal void Scale(Preprocessing prepared, float to, Span<float> scaled)
    {
        var range = prepared.RangeOf(Type);
        switch (Type)
        {
            case PixelType.UInt8: Scale(Values<byte>(), scaled, range, to, v => v); break;
            case PixelType.UInt16: Scale(Values<ushort>(), scaled, range, to, v => v); break;
            default: Scale(Values<float>(), scaled, range, to, v => v); break;
        }

        static void Scale<T>(ReadOnlySpan<T> from, Span<float> scaled, (double Low, double High) range, float to, Func<T, float> value)
        {
            float low = (float)range.Low, span = (float)(range.High - range.Low);
            double factor = to / (range.High - range.Low);
            for (int i = 0; i < from.Length; i++)
            {
                float above = value(from[i]) - low;
                scaled[i] = (float)(factor * (above >= 0 ? Math.Min(above, span) : 0));
            }
        }
    }

    /// <summary>
    /// The image as three channels of uint8, for display: itself, one channel as gray, the first three of more channels, or of two channels
    /// the second one twice.
    /// </summary>
    /// <param name="prepared">As for <see cref="ToUInt8"/>.</param>
    /// <exception cref="InvalidDataException">The value range is not for values of this type.</exception>
    public DecodedImage ToRgb(Preprocessing? prepared = null)
    {
        var image = ToUInt8(prepared);
        if (Channels == 3) return image;
        var from = image.Pixels.Span;
        byte[] rgb = new byte[3 * Width * Height];
        for (int i = 0; i < rgb.Length; i++) rgb[i] = from[i / 3 * Channels + Math.Min(i % 3, Channels - 1)];
        return new DecodedImage(rgb, Width, Height);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static PixelType TypeOf<T>() =>
        typeof(T) == typeof(byte) ? PixelType.UInt8
        : typeof(T) == typeof(ushort) ? PixelType.UInt16
        : typeof(T) == typeof(float) ? PixelType.Float32
        : throw new ArgumentException($"An image has values of byte, ushort or float, not {typeof(T).Name}.");
}
