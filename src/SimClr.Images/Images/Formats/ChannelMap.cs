using System.Runtime.InteropServices;

namespace SimClr.Images;

/// <summary>
/// From the channels of a file to those of the image: the chosen ones in their order; or all, on white, and gray as R = G = B.
/// </summary>
internal sealed class ChannelMap
{
    private readonly int[] chosen;
    private readonly int stored;
    private readonly PixelType type;
    private readonly Opacity opacity;

    /// <summary>Checks that the chosen channels are there.</summary>
    /// <param name="rows">The file.</param>
    /// <param name="options">Null: all channels.</param>
    /// <exception cref="InvalidDataException">A chosen channel is not in the file.</exception>
    public ChannelMap(ImageRows rows, DecodeOptions? options)
    {
        (stored, type, opacity) = (rows.Channels, rows.Type, rows.Opacity);
        chosen = [.. options?.Channels ?? []];
        foreach (int channel in chosen)
        {
            if (channel < 1 || channel > stored)
                throw new InvalidDataException($"{rows.Name}: channel {channel} is chosen, and the image has {stored}.");
        }
        int colors = opacity == Opacity.None ? stored : stored - 1;
        Channels = chosen.Length > 0 ? chosen.Length : colors == 1 ? 3 : colors;
    }

    /// <summary>C of the image.</summary>
    public int Channels { get; }

    /// <summary>Whether the image has the channels of the file, unchanged.</summary>
    public bool IsIdentity => chosen.Length == 0 && opacity == Opacity.None && stored == Channels;

    /// <summary>Maps a row, or several.</summary>
    /// <param name="from">(…, stored channels).</param>
    /// <param name="to">(…, C). It may be the same memory as <paramref name="from"/> if there are no more channels than stored.</param>
    public void Apply(ReadOnlySpan<byte> from, Span<byte> to)
    {
        switch (type)
        {
            case PixelType.UInt8: Map(from, to, OnWhite); break;
            case PixelType.UInt16: Map(MemoryMarshal.Cast<byte, ushort>(from), MemoryMarshal.Cast<byte, ushort>(to), OnWhite); break;
            default: Map(MemoryMarshal.Cast<byte, float>(from), MemoryMarshal.Cast<byte, float>(to), OnWhite); break;
        }
    }

    private void Map<T>(ReadOnlySpan<T> from, Span<T> to, Func<T, T, bool, T> onWhite) where T : unmanaged
    {
        if (IsIdentity)
        {
            from.CopyTo(to);
            return;
        }
        Span<T> pixel = stored <= 64 ? stackalloc T[stored] : new T[stored];
        bool multiplied = opacity == Opacity.Premultiplied;
        int last = stored - 1, colors = opacity == Opacity.None ? stored : last;
        for (int i = 0, o = 0; i < from.Length; i += stored, o += Channels)
        {
            from.Slice(i, stored).CopyTo(pixel);
            if (chosen.Length > 0)
            {
                for (int c = 0; c < chosen.Length; c++) to[o + c] = pixel[chosen[c] - 1];
                continue;
            }
            if (opacity != Opacity.None)
            {
                for (int c = 0; c < last; c++) pixel[c] = onWhite(pixel[c], pixel[last], multiplied);
            }
            for (int c = 0; c < Channels; c++) to[o + c] = pixel[Math.Min(c, colors - 1)];
        }
    }

    private static byte OnWhite(byte value, byte alpha, bool multiplied) =>
        multiplied ? (byte)Math.Min(255, value + 255 - alpha) : (byte)((value * alpha + 255 * (255 - alpha) + 127) / 255);

    private static ushort OnWhite(ushort value, ushort alpha, bool multiplied) => multiplied
        ? (ushort)Math.Min(65535, value + 65535 - alpha)
        : (ushort)(((ulong)value * alpha + 65535UL * (65535UL - alpha) + 32767) / 65535);

    // Floating-point images with opacity have colours of 0 to 1.
    private static float OnWhite(float value, float alpha, bool multiplied) => (multiplied ? value : value * alpha) + 1 - alpha;
}
