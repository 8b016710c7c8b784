using System.Formats.Tar;
using System.Text;
using SkiaSharp;

namespace SimClr.Tests;

/// <summary>Small tars and images for them.</summary>
internal static class Tars
{
    /// <summary>A JPEG of one colour.</summary>
    public static byte[] Jpeg(byte shade, int width = 12, int height = 9) => TinyImages.Encode(width, height, SKEncodedImageFormat.Jpeg, (_, _) => new SKColor(shade, shade, 40));

    /// <summary>A tar with the given files, in order.</summary>
    public static byte[] Of(TarEntryFormat format, params (string Name, byte[] Content)[] files)
    {
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, format, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                var entry = format switch
                {
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                    _ => (TarEntry)new UstarTarEntry(TarEntryType.RegularFile, name),
                };
                entry.DataStream = new MemoryStream(content);
                tar.WriteEntry(entry);
            }
        }
        return stream.ToArray();
    }

    /// <summary>A tar with one field of its first header replaced and the checksum corrected.</summary>
    public static byte[] With(byte[] tar, int offset, params byte[] field)
    {
        byte[] changed = [.. tar];
        field.CopyTo(changed, offset);
        changed.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes($"{Convert.ToString(changed[..512].Sum(b => b), 8).PadLeft(6, '0')}\0 ").CopyTo(changed, 148);
        return changed;
    }
}
