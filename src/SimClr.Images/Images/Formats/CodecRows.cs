using SkiaSharp;

namespace SimClr.Images;

/// <summary>The rows of a file that Skia decodes from the top: JPEG and PNG. R, G, B and opacity.</summary>
internal sealed class CodecRows : ImageRows
{
    private const int Rgba = 4;

    private readonly SKCodec codec;

    private CodecRows(SKCodec codec) => this.codec = codec;

    /// <summary>Opens a file. Null if Skia does not decode it row by row, or only with a memory that grows with the image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="head">Its beginning, with its metadata.</param>
    public static CodecRows? Open(string path, ReadOnlySpan<byte> head)
    {
        if (SKCodec.Create(path) is not { } codec) return null;
        var info = codec.Info;
        var format = new SKImageInfo(info.Width, info.Height, SKColorType.Rgba8888,
            info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        bool isByRows = codec.EncodedFormat is SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Png
            && codec.EncodedOrigin == SKEncodedOrigin.TopLeft && ExifOrientation.Of(head) == SKEncodedOrigin.TopLeft
            && codec.ScanlineOrder == SKCodecScanlineOrder.TopDown
            && !(codec.EncodedFormat == SKEncodedImageFormat.Jpeg && JpegKind.IsProgressive(path))
            && codec.StartScanlineDecode(format) == SKCodecResult.Success;
        if (isByRows) return new CodecRows(codec)
        {
            Name = path,
            Width = info.Width,
            Height = info.Height,
            Channels = Rgba,
            Type = PixelType.UInt8,
            Opacity = Opacity.Straight,
        };
        codec.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public override unsafe void Read(int y, Span<byte> row)
    {
        fixed (byte* pixels = row)
        {
            if (codec.GetScanlines((nint)pixels, 1, row.Length) < 1) throw new InvalidDataException(
                $"{Name}: the image is damaged or cut off; the first {y} of its {Height} rows can be read.");
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        codec.Dispose();
        base.Dispose();
    }
}
