using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetVips;

namespace SimClr.Images;

/// <summary>Reads AVIF by libvips, where that is there: its natives are packages of their own (NetVips.Native).</summary>
internal static class AvifFile
{
    private static readonly Lazy<bool> IsThere = new(Prepare);
    private static readonly ReaderWriterLockSlim Gate = new();

    private static long damages;

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
        if (!IsThere.Value) throw new InvalidDataException($"{name} is an AVIF image, and libvips, which reads it, is missing: refer " +
            "to the package NetVips.Native, install libvips (Debian: libvips42), or convert the image: avifdec IN OUT.png.");
        if (IsCutOff(avif)) throw new InvalidDataException($"{name}: the AVIF is cut off after {avif.Length} bytes.");
        byte[] file = avif.ToArray();
        long before = Volatile.Read(ref damages);
        var rows = Alone(file, name, isAlone: false);
        if (Volatile.Read(ref damages) == before) return rows;
        // Some image was damaged meanwhile. Was it this one?
        return Alone(file, name, isAlone: true);
    }

    // libvips makes what is damaged black, and says so in its log, from any thread.
    private static MemoryRows Alone(byte[] file, string name, bool isAlone)
    {
        if (isAlone) Gate.EnterWriteLock();
        else Gate.EnterReadLock();
        try
        {
            long before = Volatile.Read(ref damages);
            var rows = Decode(file, name);
            if (isAlone && Volatile.Read(ref damages) != before) throw new InvalidDataException($"{name}: the AVIF is damaged.");
            return rows;
        }
        catch (VipsException e)
        {
            throw new InvalidDataException($"{name}: the AVIF is damaged: {e.Message.ReplaceLineEndings(" ").Trim()}.", e);
        }
        finally
        {
            if (isAlone) Gate.ExitWriteLock();
            else Gate.ExitReadLock();
        }
    }

    private static MemoryRows Decode(byte[] file, string name)
    {
        using var image = Image.NewFromBuffer(file, access: Enums.Access.Sequential, failOn: Enums.FailOn.Error);
        var type = image.Format switch
        {
            Enums.BandFormat.Uchar => PixelType.UInt8,
            Enums.BandFormat.Ushort => PixelType.UInt16,
            _ => throw new InvalidDataException($"{name}: the AVIF has values of type {image.Format}, which are not read."),
        };
        RowDecoder.CheckBytes(name, image.Width, image.Height, image.Bands * (type == PixelType.UInt8 ? 1 : 2));
        return new MemoryRows(Pixels(image))
        {
            Name = name,
            Width = image.Width,
            Height = image.Height,
            Channels = image.Bands,
            Type = type,
            Opacity = image.HasAlpha() ? Opacity.Straight : Opacity.None,
        };
    }

    private static byte[] Pixels(Image image) => image.Format == Enums.BandFormat.Uchar ? image.WriteToMemory<byte>()
        : MemoryMarshal.AsBytes(image.WriteToMemory<ushort>().AsSpan()).ToArray();

    // Boxes: a length, which may be 0 for the rest of the file or 1 for 64 bits behind the name, and a name.
    private static bool IsCutOff(ReadOnlySpan<byte> avif)
    {
        for (long at = 0; at < avif.Length;)
        {
            var box = avif[(int)at..];
            if (box.Length < 8) return true;
            long length = BinaryPrimitives.ReadUInt32BigEndian(box);
            if (length == 0) return false;
            if (length == 1 && box.Length < 16) return true;
            if (length == 1) length = (long)Math.Min(BinaryPrimitives.ReadUInt64BigEndian(box[8..]), long.MaxValue);
            if (length < 8 || length > box.Length) return true;
            at += length;
        }
        return false;
    }

    // Images are read once, by threads of our own: no cache, and no threads of libvips'.
    private static bool Prepare()
    {
        if (!ModuleInitializer.VipsInitialized) return false;
        Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning, (_, _, _) => Interlocked.Increment(ref damages));
        Cache.Max = 0;
        NetVips.NetVips.Concurrency = 1;
        return true;
    }
}
