using System.Globalization;
using BitMiracle.LibTiff.Classic;
using SkiaSharp;

namespace SimClr.Images;

/// <summary>What the current page of a TIFF holds.</summary>
internal sealed record TiffHead
{
    private const int ColorFilterArray = 32803, LogL = 32844, LogLuv = 32845, OldJpeg = 6, CieLab = 8, IccLab = 9, ItuLab = 10;

    /// <summary>Reads the fields of the current page.</summary>
    /// <param name="tiff">An open file; borrowed.</param>
    /// <param name="name">The name in messages.</param>
    /// <exception cref="InvalidDataException">A field has a value that is not read.</exception>
    public TiffHead(Tiff tiff, string name)
    {
        int Field(TiffTag tag, int otherwise) => tiff.GetFieldDefaulted(tag) is { Length: > 0 } field ? field[0].ToInt() : otherwise;
        (Width, Height) = (Field(TiffTag.IMAGEWIDTH, 0), Field(TiffTag.IMAGELENGTH, 0));
        Samples = Field(TiffTag.SAMPLESPERPIXEL, 1) & 0xffff;
        Bits = Field(TiffTag.BITSPERSAMPLE, 1);
        Format = (SampleFormat)Field(TiffTag.SAMPLEFORMAT, (int)SampleFormat.UINT);
        if (Format == SampleFormat.VOID) Format = SampleFormat.UINT;
        int color = tiff.GetField(TiffTag.PHOTOMETRIC) is { } photometric ? photometric[0].ToInt()
            : Samples is 3 or 4 ? (int)Photometric.RGB : (int)Photometric.MINISBLACK;
        Compression = (Compression)Field(TiffTag.COMPRESSION, 1);
        IsPlanar = Samples > 1 && Field(TiffTag.PLANARCONFIG, 1) == (int)PlanarConfig.SEPARATE;
        int orientation = Field(TiffTag.ORIENTATION, 1);
        Origin = orientation is >= 1 and <= 8 ? (SKEncodedOrigin)orientation : SKEncodedOrigin.TopLeft;

        // LibTiff undoes these differences for up to 32 bits only.
        IsDifferenced = Bits == 64 && Field(TiffTag.PREDICTOR, 1) == (int)Predictor.HORIZONTAL;
        if (IsDifferenced) tiff.SetField(TiffTag.PREDICTOR, Predictor.NONE);
        if (tiff.GetField(TiffTag.GDAL_NODATA) is [.., var text] && double.TryParse(
                text.ToString().Trim('\0', ' '), NumberStyles.Float, CultureInfo.InvariantCulture, out double noData))
            NoData = noData;

        if (Width <= 0 || Height <= 0) throw new InvalidDataException($"{name}: the TIFF has no size ({Width} × {Height} pixels).");
        if (color == ColorFilterArray) throw new InvalidDataException(
            $"{name} is a raw image of a camera, which is not read: {FileKind.Raw}.");
        if (!tiff.IsCodecConfigured(Compression)) throw new InvalidDataException(
            $"{name}: the TIFF is compressed by {NameOf(Compression)}, which is not read: " +
            (IsKnownToTiffcp(Compression) ? "tiffcp -c lzw IN OUT converts it." : "save it with LZW, Deflate or no compression."));
        IsColorJpeg = Compression == Compression.JPEG && color == (int)Photometric.YCBCR && !IsPlanar;
        IsLab = color == CieLab && Format == SampleFormat.UINT && Bits is 8 or 16;
        ByLibrary = Compression == (Compression)OldJpeg || (color == CieLab && !IsLab) || color is IccLab or ItuLab or LogL or LogLuv
            || (color == (int)Photometric.YCBCR && !IsColorJpeg);
        if (IsColorJpeg) tiff.SetField(TiffTag.JPEGCOLORMODE, JpegColorMode.RGB);
        Photometric = ByLibrary || IsColorJpeg ? Photometric.RGB : (Photometric)color;
        if (ByLibrary) (Samples, Bits, Format, IsPlanar) = (3, 8, SampleFormat.UINT, false);

        Type = (Format, Bits) switch
        {
            (SampleFormat.UINT, >= 1 and <= 8) => PixelType.UInt8,
            (SampleFormat.UINT, > 8 and <= 16) => PixelType.UInt16,
            (SampleFormat.UINT or SampleFormat.INT, 32 or 64) or (SampleFormat.INT, 8 or 16) => PixelType.Float32,
            (SampleFormat.IEEEFP, 16 or 32 or 64) => PixelType.Float32,
            _ => throw new InvalidDataException($"{name}: the TIFF has samples of {Bits} bits of type {Format}, which are not read: " +
                "save it with integers of 1 to 16, 32 or 64 bits, or floats of 16, 32 or 64."),
        };
        IsCmyk = Photometric == Photometric.SEPARATED && Field(TiffTag.INKSET, 1) == 1 && Type != PixelType.Float32;
        Colors = Photometric switch
        {
            Photometric.RGB => 3,
            Photometric.SEPARATED when IsCmyk => 4,
            Photometric.SEPARATED => Samples,
            _ => IsLab ? 3 : 1,
        };
        if (Samples < Colors)
            throw new InvalidDataException($"{name}: the TIFF has {Samples} samples per pixel, and its colours need {Colors}.");
        if (Photometric == Photometric.PALETTE)
        {
            if (Type == PixelType.Float32 || tiff.GetField(TiffTag.COLORMAP) is not { Length: 3 } map)
                throw new InvalidDataException($"{name}: the TIFF is damaged: its palette is missing.");
            Palette = Bytes([.. map.Select(channel => channel.ToShortArray() ?? [])]);
        }
        bool isOpacity = Samples == Colors + 1 && Format != SampleFormat.INT && (Format, Bits) is not (SampleFormat.UINT, > 16);
        Opacity = !isOpacity || tiff.GetField(TiffTag.EXTRASAMPLES) is not { Length: 2 } extra ? Opacity.None
            : extra[1].ToShortArray() is [1, ..] ? Opacity.Premultiplied
            : extra[1].ToShortArray() is [2, ..] ? Opacity.Straight : Opacity.None;
    }

    /// <summary>W, in pixels.</summary>
    public int Width { get; }

    /// <summary>H, in pixels.</summary>
    public int Height { get; }

    /// <summary>Values of a pixel in the file.</summary>
    public int Samples { get; }

    /// <summary>Bits of a value in the file.</summary>
    public int Bits { get; }

    /// <summary>The type of the values in the file.</summary>
    public SampleFormat Format { get; }

    /// <summary>The meaning of the first <see cref="Colors"/> values.</summary>
    public Photometric Photometric { get; }

    /// <summary>Whether the first four values are inks that become R, G and B.</summary>
    public bool IsCmyk { get; }

    /// <summary>Whether the first three values are L*, a* and b*.</summary>
    public bool IsLab { get; }

    /// <summary>How many values are a colour.</summary>
    public int Colors { get; }

    /// <summary>The compression.</summary>
    public Compression Compression { get; }

    /// <summary>Whether the values of a row of a block, of 64 bits, are differences that are still to be summed up.</summary>
    public bool IsDifferenced { get; }

    /// <summary>The value that means no data, from GDAL's field; null without one.</summary>
    public double? NoData { get; }

    /// <summary>Whether each strip or tile is a JPEG of YCbCr.</summary>
    public bool IsColorJpeg { get; }

    /// <summary>Whether each channel has strips or tiles of its own.</summary>
    public bool IsPlanar { get; }

    /// <summary>Whether LibTiff converts the colours (YCbCr without JPEG, Lab, LogLuv), for the whole image at once.</summary>
    public bool ByLibrary { get; }

    /// <summary>R, G and B of each palette entry, one after the other; null without a palette.</summary>
    public byte[]? Palette { get; }

    /// <summary>The type of the decoded values.</summary>
    public PixelType Type { get; }

    /// <summary>What the last value means.</summary>
    public Opacity Opacity { get; }

    /// <summary>How the image is stored.</summary>
    public SKEncodedOrigin Origin { get; }

    /// <summary>Channels after the conversion of colours: a palette and CMYK have three.</summary>
    public int Channels => (Palette is not null || IsCmyk ? 3 : Colors) + Samples - Colors;

    private static byte[] Bytes(short[][] map)
    {
        // 16 bits by the specification. Some writers put 8 bits there.
        int shift = map.Any(channel => channel.Any(v => (ushort)v > 255)) ? 8 : 0;
        return [.. Enumerable.Range(0, map[0].Length).SelectMany(i => map.Select(channel => (byte)((ushort)channel[i] >> shift)))];
    }

    private static bool IsKnownToTiffcp(Compression compression) => (int)compression is 34925 or 50000 or 50001 or 34887;

    private static string NameOf(Compression compression) => (int)compression switch
    {
        34925 => "LZMA",
        50000 => "ZSTD",
        50001 => "WebP",
        34887 => "LERC",
        33003 or 33004 or 33005 or 34712 => "JPEG 2000",
        50002 => "JPEG XL",
        var other => $"a scheme of number {other}",
    };
}
