using SimClr.Images;
using SimClr.Tests;

namespace SimClr.Fuzz.Readers;

/// <summary>TIFFs in every layout and compression: as the image of the first page, with all pages as channels, and in bands of rows.</summary>
internal static class TiffReaders
{
    private static readonly TinyTiff Page = new(20, 13, 3, 8) { Photometric = 2 };

    public static IEnumerable<FuzzReader> All()
    {
        yield return Of("tiff", Write(Page), Write(Page with { Compression = 5, IsBigEndian = true }), Write(Page with { Compression = 8, Tile = 16 }),
            Write(Page with { Compression = 32773, IsPlanar = true }), Write(Page with { Samples = 4, Bits = 16, Extra = [2], Orientation = 6 }),
            Write(Page with { Samples = 1, Bits = 4, Photometric = 3, Palette = new ushort[48] }), Write(Page with { Samples = 1, Bits = 32, Format = 3, Photometric = 1 }),
            Write(Page with { IsBig = true }), Write(Page with { Samples = 4, Photometric = 5, Tile = 16, IsPlanar = true }));
        yield return Of("tiff, compressed", [.. ((string[])["group3.tif", "group4.tif", "tiff_ccitt.tif", "jpeg.tif", "jpeg-ycbcr.tif", "lzw.tif", "deflate.tif", "floats.tif", "sparse-tiles.tif", "sparse-strips.tif", "differences64.tif"])
            .Select(SeedFiles.Read)]);
        yield return Of("tiff of pages", TinyTiff.Write((Page, Value), (Page with { IsReducedCopy = true }, Value), (Page with { Compression = 8, Rows = 5 }, Value)));
    }

    private static byte[] Write(TinyTiff page) => page.Write(Value);

    private static ulong Value(int x, int y, int s) => (ulong)(x * 3 + y * 5 + s * 7);

    private static FuzzReader Of(string name, params byte[][] seeds) => new(name, "x.tif", seeds, path =>
    {
        ImageReaders.Check(ImageDecoder.Read(path));
        ImageReaders.Check(ImageDecoder.Read(path, new DecodeBuffer(), new DecodeOptions { Pages = ImagePages.Channels }));
        using var image = LargeImage.Open(path);
        while (image.NextRow < image.Height) ImageReaders.Check(image.ReadRows(16));
    })
    { Allowance = 2L << 30 };
}
