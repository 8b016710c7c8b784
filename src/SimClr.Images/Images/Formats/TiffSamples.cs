using System.Numerics;
using System.Runtime.InteropServices;
using BitMiracle.LibTiff.Classic;

namespace SimClr.Images;

/// <summary>From the samples of a row as LibTiff gives them to the values of its channels.</summary>
/// <remarks>Source: TIFF 6.0; Adobe's technical note on 16- and 64-bit floats.</remarks>
internal static class TiffSamples
{
    /// <summary>
    /// Converts the type: 1 to 8 bits become 0 to 255, 9 to 16 stay, others become floats, where a value that means no data becomes NaN.
    /// </summary>
    /// <param name="raw">The samples, in the machine's byte order; fewer than 8 bits are packed from the highest bit.</param>
    /// <param name="head">The page.</param>
    /// <param name="values">Receives as many values as it holds.</param>
    public static void Convert(ReadOnlySpan<byte> raw, TiffHead head, Span<byte> values)
    {
        switch (head.Format, head.Bits)
        {
            case (SampleFormat.UINT, 8 or 16) or (SampleFormat.IEEEFP, 32): raw[..values.Length].CopyTo(values); break;
            case (SampleFormat.UINT, < 16): Unpack(raw, head, values); break;
            case (SampleFormat.UINT, 32): Floats<uint>(raw, values, v => v); break;
            case (SampleFormat.UINT, _): Floats<ulong>(raw, values, v => v); break;
            case (SampleFormat.INT, 8): Floats<sbyte>(raw, values, v => v); break;
            case (SampleFormat.INT, 16): Floats<short>(raw, values, v => v); break;
            case (SampleFormat.INT, 32): Floats<int>(raw, values, v => v); break;
            case (SampleFormat.INT, _): Floats<long>(raw, values, v => v); break;
            case (_, 16): Floats<Half>(raw, values, v => (float)v); break;
            default: Floats<double>(raw, values, v => (float)v); break;
        }
        if (head is { Type: PixelType.Float32, NoData: { } noData })
        {
            foreach (ref float value in Cast<float>(values)) if (value == (float)noData) value = float.NaN;
        }
    }

    /// <summary>Converts the colours: white-is-zero is inverted, a palette and CMYK become RGB, other channels stay.</summary>
    /// <param name="values">(W, samples), of the type of the page; changed.</param>
    /// <param name="raw">The samples that they were made of: indices of the palette.</param>
    /// <param name="head">The page.</param>
    /// <param name="row">Receives (W, C).</param>
    public static void Colors(Span<byte> values, ReadOnlySpan<byte> raw, TiffHead head, Span<byte> row)
    {
        if (head.Palette is { } palette) Look(raw, values, head, palette, row);
        else if (head.IsCmyk)
        {
            if (head.Type == PixelType.UInt8) Multiply<byte>(values, row, head.Samples, 255);
            else Multiply<ushort>(Cast<ushort>(values), Cast<ushort>(row), head.Samples, Largest(head));
        }
        else if (head.IsLab) FromLab(values, head, row);
        else
        {
            if (head.Photometric == Photometric.MINISWHITE) Invert(values, head);
            values.CopyTo(row);
        }
    }

    /// <summary>Sums up differences of neighbours: values of 64 bits of any type, as whole numbers.</summary>
    /// <param name="row">The values of one row of a block, interleaved; changed.</param>
    /// <param name="samples">Values per pixel.</param>
    public static void Sum(Span<byte> row, int samples)
    {
        var values = Cast<ulong>(row);
        for (int i = samples; i < values.Length; i++) values[i] = unchecked(values[i] + values[i - samples]);
    }

    /// <summary>Samples of one value, as they are before <see cref="Convert"/>; those that are packed can only be 0.</summary>
    /// <param name="value">The value; the nearest one of the type is taken.</param>
    /// <param name="head">The page.</param>
    /// <param name="bytes">How many bytes.</param>
    public static byte[] Repeated(double value, TiffHead head, int bytes)
    {
        byte[] one = (head.Format, head.Bits) switch
        {
            _ when head.Bits % 8 != 0 => [0],
            (SampleFormat.UINT, 8) => [(byte)value],
            (SampleFormat.UINT, 16) => BitConverter.GetBytes((ushort)value),
            (SampleFormat.UINT, 32) => BitConverter.GetBytes((uint)value),
            (SampleFormat.UINT, _) => BitConverter.GetBytes((ulong)value),
            (SampleFormat.INT, 8) => [(byte)(sbyte)value],
            (SampleFormat.INT, 16) => BitConverter.GetBytes((short)value),
            (SampleFormat.INT, 32) => BitConverter.GetBytes((int)value),
            (SampleFormat.INT, _) => BitConverter.GetBytes((long)value),
            (_, 16) => BitConverter.GetBytes((Half)value),
            (_, 32) => BitConverter.GetBytes((float)value),
            _ => BitConverter.GetBytes(value),
        };
        byte[] all = new byte[bytes];
        for (int i = 0; i < bytes; i++) all[i] = one[i % one.Length];
        return all;
    }

    private static Span<T> Cast<T>(Span<byte> bytes) where T : struct => MemoryMarshal.Cast<byte, T>(bytes);

    private static int Largest(TiffHead head) => head.Type == PixelType.UInt8 ? 255 : (1 << head.Bits) - 1;

    private static void Floats<T>(ReadOnlySpan<byte> raw, Span<byte> values, Func<T, float> convert) where T : struct
    {
        var from = MemoryMarshal.Cast<byte, T>(raw);
        var to = Cast<float>(values);
        for (int i = 0; i < to.Length; i++) to[i] = convert(from[i]);
    }

    private static void Unpack(ReadOnlySpan<byte> raw, TiffHead head, Span<byte> values)
    {
        int bits = head.Bits, largest = (1 << bits) - 1;
        var words = Cast<ushort>(values);
        int count = head.Type == PixelType.UInt8 ? values.Length : words.Length;
        for (int i = 0; i < count; i++)
        {
            int value = Packed(raw, i, bits);
            if (head.Type == PixelType.UInt8) values[i] = (byte)((255 * value + largest / 2) / largest);
            else words[i] = (ushort)value;
        }
    }

    private static int Packed(ReadOnlySpan<byte> raw, int index, int bits)
    {
        long at = (long)index * bits;
        int first = (int)(at >> 3), window = 0;
        for (int b = first; b < first + 3; b++) window = window << 8 | (b < raw.Length ? raw[b] : 0);
        return window >> (24 - bits - (int)(at & 7)) & ((1 << bits) - 1);
    }

    private static void Look(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> values, TiffHead head, byte[] palette, Span<byte> row)
    {
        int extra = head.Samples - 1, size = head.Type == PixelType.UInt8 ? 1 : 2;
        for (int i = 0, x = 0; x < head.Width; x++)
        {
            int sample = x * head.Samples;
            int index = head.Bits == 16 ? MemoryMarshal.Cast<byte, ushort>(raw)[sample] : Packed(raw, sample, head.Bits);
            for (int c = 0; c < 3; c++, i++)
            {
                byte color = 3 * index + c < palette.Length ? palette[3 * index + c] : (byte)0;
                if (size == 1) row[i] = color;
                else Cast<ushort>(row)[i] = (ushort)(257 * color);
            }
            values.Slice((sample + 1) * size, extra * size).CopyTo(row[(i * size)..]);
            i += extra;
        }
    }

    private static void Multiply<T>(ReadOnlySpan<T> inks, Span<T> row, int samples, int full) where T : struct, IBinaryInteger<T>
    {
        for (int i = 0, o = 0; i < inks.Length; i += samples)
        {
            long black = full - long.CreateChecked(inks[i + 3]);
            for (int c = 0; c < 3; c++) row[o++] = T.CreateTruncating(((full - long.CreateChecked(inks[i + c])) * black + full / 2) / full);
            for (int c = 4; c < samples; c++) row[o++] = inks[i + c];
        }
    }

    private static void FromLab(Span<byte> values, TiffHead head, Span<byte> row)
    {
        values.CopyTo(row);
        for (int i = 0; i < head.Width * head.Samples; i += head.Samples)
        {
            if (head.Type == PixelType.UInt8)
            {
                var (r, g, b) = LabColor.ToRgb(values[i] / 2.55, (sbyte)values[i + 1], (sbyte)values[i + 2]);
                (row[i], row[i + 1], row[i + 2]) = ((byte)Math.Round(255 * r), (byte)Math.Round(255 * g), (byte)Math.Round(255 * b));
            }
            else
            {
                var lab = Cast<ushort>(values);
                var rgb = Cast<ushort>(row);
                var (r, g, b) = LabColor.ToRgb(lab[i] / 655.35, (short)lab[i + 1] / 256.0, (short)lab[i + 2] / 256.0);
                (rgb[i], rgb[i + 1], rgb[i + 2]) =
                    ((ushort)Math.Round(65535 * r), (ushort)Math.Round(65535 * g), (ushort)Math.Round(65535 * b));
            }
        }
    }

    private static void Invert(Span<byte> values, TiffHead head)
    {
        int full = Largest(head);
        if (head.Type == PixelType.UInt8)
        {
            for (int i = 0; i < values.Length; i += head.Samples) values[i] = (byte)(255 - values[i]);
        }
        else if (head.Type == PixelType.UInt16)
        {
            var words = Cast<ushort>(values);
            for (int i = 0; i < words.Length; i += head.Samples) words[i] = (ushort)(full - words[i]);
        }
    }
}
