using System.Runtime.InteropServices;
using SimClr.Images;

namespace SimClr.Fuzz.Corpus;

/// <summary>An image that Pillow decoded: R, G, B of 8 bits, or one channel of 16 bits, int32 or float32.</summary>
/// <param name="Width">W, in pixels.</param>
/// <param name="Height">H, in pixels.</param>
/// <param name="Channels">3 or 1.</param>
/// <param name="Size">1: uint8, 2: uint16, 4: int32, −4: float32.</param>
/// <param name="Bytes">(H, W, C), little-endian.</param>
internal sealed record PillowImage(int Width, int Height, int Channels, int Size, byte[] Bytes)
{
    /// <summary>
    /// The largest difference from our decoding of the same file, in levels of the coarser type of the two. Where Pillow has 8 bits and we
    /// have 16, ours are divided by 257; it cuts, so that a difference of one level is none. A level of floats is 2⁻¹⁶ of the value.
    /// NaN equals NaN.
    /// </summary>
    /// <param name="ours">As many pixels, of three equal channels where this has one.</param>
    public double Largest(DecodedImage ours)
    {
        double largest = 0;
        var (bytes, words, floats) = (ours.Type == PixelType.UInt8, ours.Type == PixelType.UInt16, ours.Type == PixelType.Float32);
        for (int i = 0; i < Width * Height * ours.Channels; i++)
        {
            double mine = bytes ? ours.Values<byte>()[i] : words ? ours.Values<ushort>()[i] : ours.Values<float>()[i];
            double theirs = Value(i / ours.Channels * Channels + (Channels == 1 ? 0 : i % ours.Channels));
            if (Size == 4 && theirs < 0 && mine > int.MaxValue) theirs += 1L << 32; // it has no type for uint32
            if (double.IsNaN(mine) && double.IsNaN(theirs) || mine.Equals(theirs)) continue;
            double difference = Size == 1 && words ? Math.Max(0, Math.Abs(mine / 257 - theirs) - 1)
                : floats ? Math.Abs(mine - theirs) / Math.Max(1e-3, Math.Abs(theirs)) * 65536
                : Math.Abs(mine - theirs);
            largest = Math.Max(largest, double.IsNaN(difference) ? double.PositiveInfinity : difference);
        }
        return largest;
    }

    private double Value(int i) => Size switch
    {
        1 => Bytes[i],
        2 => MemoryMarshal.Cast<byte, ushort>(Bytes)[i],
        4 => MemoryMarshal.Cast<byte, int>(Bytes)[i],
        _ => MemoryMarshal.Cast<byte, float>(Bytes)[i],
    };
}
