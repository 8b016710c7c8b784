using SimClr.Fuzz.Mutations;
using SimClr.Images;
using SimClr.Tests;
using SkiaSharp;

namespace SimClr.Fuzz.Readers;

/// <summary>Every image format, grouped by decoder.</summary>
internal static class ImageReaders
{
    // A photograph of 200 million pixels takes 1.4 GB, as RGBA and as RGB.
    private const long Largest = 2L << 30;

    public static IEnumerable<FuzzReader> All()
    {
        yield return Of("jpeg", "x.jpg", Encoded(SKEncodedImageFormat.Jpeg, 24, 17), TinyImages.CmykJpeg(191, 127, 255, 204), SeedFiles.Read("progressive.jpg"), SeedFiles.Read("gray.jpg"));
        yield return Of("png", "x.png", Encoded(SKEncodedImageFormat.Png, 24, 17), SeedFiles.Read("palette.png"), SeedFiles.Read("gray16.png"), SeedFiles.Read("interlaced.png")) with { Repair = Checksums.Png };
        yield return Of("webp", "x.webp", Encoded(SKEncodedImageFormat.Webp, 24, 17), SeedFiles.Read("lossless.webp"), SeedFiles.Read("animated.webp"));
        yield return Of("gif", "x.gif", TinyImages.Gif(4, 3, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 1, [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]), SeedFiles.Read("animated.gif"));
        yield return Of("bmp", "x.bmp", TinyImages.Bmp(7, 5, 10, 20, 30), SeedFiles.Read("palette.bmp"));
        yield return Of("ico", "x.ico", TinyImages.Ico(16, Encoded(SKEncodedImageFormat.Png, 16, 16)), SeedFiles.Read("icons.ico"));
        yield return Of("wbmp", "x.wbmp", [0, 0, 8, 3, 0b10100000, 1, 2]) with { OneIn = 10 }; // two bytes can declare an image of any size
        yield return Of("png of 16 bits", "x.png", SeedFiles.Read("gray16.png"), TinyImages.Png(7, 5, 16, 6, Bytes(280)), TinyImages.Png(7, 5, 16, 0, Bytes(70), ("tRNS", [2, 3])))
            with
        { Repair = Checksums.Png };
        yield return Of("netpbm", "x.ppm", [.. "P6 4 3 255\n"u8, .. Bytes(36)], [.. "P5\n# x\n4 3 1000\n"u8, .. new byte[24]], [.. "P1 4 3 101010101010"u8],
            [.. "P3 2 1 9 1 2 3 4 5 6"u8], [.. "P7\nWIDTH 2\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"u8, .. Bytes(16)], [.. "PF 2 2 -1\n"u8, .. Bytes(48)]);
        yield return Of("avif", "x.avif", SeedFiles.Read("lossless.avif"));
    }

    /// <summary>An image of that size.</summary>
    public static byte[] Encoded(SKEncodedImageFormat format, int width, int height) =>
        TinyImages.Encode(width, height, format, (x, y) => new SKColor((byte)(9 * x), (byte)(13 * y), (byte)(x * y)));

    /// <summary>The guarantee of every image that is read.</summary>
    public static DecodedImage Check(DecodedImage image)
    {
        BrokenPromiseException.Unless(image.Width > 0 && image.Height > 0 && image.Channels > 0
            && image.Bytes.Length == (long)image.BytesPerValue * image.Channels * image.Width * image.Height,
            $"an image of {image.Width} × {image.Height} × {image.Channels} {image.Type} has {image.Bytes.Length} bytes");
        return image;
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 31))];

    private static FuzzReader Of(string name, string file, params byte[][] seeds) => new(name, file, seeds, path =>
    {
        var whole = Check(ImageDecoder.Read(path));
        // As the views of training read it: into reused memory, and a JPEG at an eighth of its size.
        var small = Check(ImageDecoder.Read(path, new DecodeBuffer { Reduction = (_, _) => 8 }));
        BrokenPromiseException.Unless(small.Width <= whole.Width && small.Height <= whole.Height, $"{whole.Width} × {whole.Height} became {small.Width} × {small.Height}");
    })
    { Allowance = Largest };
}
