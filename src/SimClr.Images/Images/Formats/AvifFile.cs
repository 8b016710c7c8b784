using System.Buffers.Binary;
using NetVips;

namespace SimClr.Images;

/// <summary>Reads AVIF by libvips, where that is there: its natives are packages of their own (NetVips.Native).</summary>
internal static class AvifFile
{
    private static readonly Lazy<bool> IsThere = new(Prepare);

    /// <summary>Whether the file begins as an AVIF does: one of its brands is avif or avis.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 16 || !bytes.Slice(4, 4).SequenceEqual("ftyp"u8)) return false;
        var box = bytes[..(int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(bytes), (uint)Math.Min(bytes.Length, 256))];
        for (int at = 8; at + 4 <= box.Length; at += at == 8 ? 8 : 4) // the second word is a version
        {
            if (box.Slice(at, 4).SequenceEqual("avif"u8) || box.Slice(at, 4).SequenceEqual("avis"u8)) return true;
        }
        return false;
    }

    /// <summary>The image.</summary>
    /// <param name="avif">The file.</param>
    /// <param name="name">The name in messages.</param>
    /// <exception cref="InvalidDataException">The file is damaged, cut off or too large, or libvips is missing.</exception>
    public static MemoryRows Open(ReadOnlySpan<byte> avif, string name)
    {
        if (!IsThere.Value) throw new InvalidDataException($"{name} is an AVIF image, and libvips, which reads it, is missing: reference " +
            "the package NetVips.Native, install libvips (Debian: libvips42), or convert the image: avifdec IN OUT.png.");
        try
        {
            using var image = Image.NewFromBuffer(avif.ToArray(), access: Enums.Access.Sequential, failOn: Enums.FailOn.Error);
            var type = image.Format switch
            {
                Enums.BandFormat.Uchar => PixelType.UInt8,
                Enums.BandFormat.Ushort => PixelType.UInt16,
                _ => throw new InvalidDataException($"{name}: the AVIF has values of type {image.Format}, which are not read."),
            };
            RowDecoder.CheckBytes(name, image.Width, image.Height, image.Bands * (type == PixelType.UInt8 ? 1 : 2));
            return new MemoryRows(image.WriteToMemory<byte>())
            {
                Name = name,
                Width = image.Width,
                Height = image.Height,
                Channels = image.Bands,
                Type = type,
                Opacity = image.HasAlpha() ? Opacity.Straight : Opacity.None,
            };
        }
        catch (VipsException e)
        {
            throw new InvalidDataException($"{name}: the AVIF is damaged or cut off: {e.Message.ReplaceLineEndings(" ").Trim()}.", e);
        }
    }

    // Images are read once, by threads of our own: no cache, and no threads of libvips'.
    private static bool Prepare()
    {
        if (!ModuleInitializer.VipsInitialized) return false;
        Cache.Max = 0;
        NetVips.NetVips.Concurrency = 1;
        return true;
    }
}
