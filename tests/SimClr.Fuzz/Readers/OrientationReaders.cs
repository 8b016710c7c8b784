using System.Buffers.Binary;
using System.Text;
using SimClr.Fuzz.Mutations;
using SimClr.Images;
using SkiaSharp;

namespace SimClr.Fuzz.Readers;

/// <summary>EXIF orientations in the three containers that have them. Whatever the orientation, the image is read.</summary>
internal static class OrientationReaders
{
    private const int Width = 24, Height = 17;

    public static IEnumerable<FuzzReader> All()
    {
        byte[] jpeg = ImageReaders.Encoded(SKEncodedImageFormat.Jpeg, Width, Height), png = ImageReaders.Encoded(SKEncodedImageFormat.Png, Width, Height);
        byte[] webp = SeedFiles.Read("lossless.webp"); // RIFF, size, WEBP, VP8L …
        yield return Of("exif in jpeg", "x.jpg", exif => [.. jpeg.AsSpan(0, 2), 0xff, 0xe1, .. BigEndian16(exif.Length + 8), .. "Exif\0\0"u8, .. exif, .. jpeg.AsSpan(2)]);
        yield return Of("exif in png", "x.png", exif => Checksums.Png([.. png.AsSpan(0, 33), .. BigEndian32(exif.Length), .. "eXIf"u8, .. exif, 0, 0, 0, 0, .. png.AsSpan(33)]));
        yield return Of("exif in webp", "x.webp", exif =>
        {
            byte[] extended = [.. "VP8X"u8, 10, 0, 0, 0, 8, 0, 0, 0, Width - 1, 0, 0, Height - 1, 0, 0];
            byte[] chunk = [.. "EXIF"u8, .. BitConverter.GetBytes(exif.Length), .. exif, .. new byte[exif.Length % 2]];
            byte[] body = [.. "WEBP"u8, .. extended, .. webp.AsSpan(12), .. chunk];
            return [.. "RIFF"u8, .. BitConverter.GetBytes(body.Length), .. body];
        });
    }

    private static FuzzReader Of(string name, string file, Func<byte[], byte[]> pack) => new(name, file, [Tiff(6, little: false), Tiff(3, little: true), [.. "Exif\0\0"u8, .. Tiff(8, little: true)]], path =>
    {
        var image = ImageReaders.Check(ImageDecoder.Read(path));
        BrokenPromiseException.Unless((image.Width, image.Height) is (Width, Height) or (Height, Width), $"{Width} × {Height} became {image.Width} × {image.Height}");
    })
    { Pack = exif => pack(exif.Length > 60_000 ? exif[..60_000] : exif) };

    // TIFF 6.0: byte order, 42, the directory's offset; one entry: 0x0112, SHORT, one, the orientation; no further directory.
    private static byte[] Tiff(short orientation, bool little)
    {
        byte[] tiff = new byte[26];
        Encoding.ASCII.GetBytes(little ? "II" : "MM", tiff);
        foreach (var (at, value) in ((int, short)[])[(2, 42), (little ? 4 : 6, 8), (8, 1), (10, 0x0112), (12, 3), (little ? 14 : 16, 1), (18, orientation)])
        {
            if (little) BinaryPrimitives.WriteInt16LittleEndian(tiff.AsSpan(at), value);
            else BinaryPrimitives.WriteInt16BigEndian(tiff.AsSpan(at), value);
        }
        return tiff;
    }

    private static byte[] BigEndian16(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] BigEndian32(int value) => [(byte)(value >> 24), (byte)(value >> 16), .. BigEndian16(value)];
}
