using BitMiracle.LibTiff.Classic;

namespace SimClr.Images;

/// <summary>Writes a TIFF of one page: Deflate with a predictor, interleaved, in strips of some 64 kB.</summary>
internal static class TiffWriter
{
    private const int StripBytes = 1 << 16;

    /// <summary>The bytes of the file.</summary>
    /// <param name="image">Any image.</param>
    public static byte[] Write(DecodedImage image)
    {
        int rowBytes = checked(image.Width * image.Channels * image.BytesPerValue);
        int rows = Math.Clamp(StripBytes / rowBytes, 1, image.Height);
        using var file = new MemoryStream();
        using (var tiff = TiffMessages.Open("image", "wl", file)!)
        {
            tiff.SetField(TiffTag.IMAGEWIDTH, image.Width);
            tiff.SetField(TiffTag.IMAGELENGTH, image.Height);
            tiff.SetField(TiffTag.SAMPLESPERPIXEL, (short)image.Channels);
            tiff.SetField(TiffTag.BITSPERSAMPLE, (short)(8 * image.BytesPerValue));
            tiff.SetField(TiffTag.SAMPLEFORMAT, image.Type == PixelType.Float32 ? SampleFormat.IEEEFP : SampleFormat.UINT);
            tiff.SetField(TiffTag.PHOTOMETRIC, image.Channels == 3 ? Photometric.RGB : Photometric.MINISBLACK);
            if (image.Channels is not (1 or 3))
                tiff.SetField(TiffTag.EXTRASAMPLES, image.Channels - 1, new short[image.Channels - 1]); // unspecified, not opacity
            tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
            tiff.SetField(TiffTag.ORIENTATION, Orientation.TOPLEFT);
            tiff.SetField(TiffTag.COMPRESSION, Compression.ADOBE_DEFLATE);
            tiff.SetField(TiffTag.PREDICTOR, image.Type == PixelType.Float32 ? Predictor.FLOATINGPOINT : Predictor.HORIZONTAL);
            tiff.SetField(TiffTag.ROWSPERSTRIP, rows);
            byte[] strip = new byte[rows * rowBytes];
            for (int top = 0, index = 0; top < image.Height; top += rows, index++)
            {
                int bytes = Math.Min(rows, image.Height - top) * rowBytes;
                image.Bytes.Span.Slice(top * rowBytes, bytes).CopyTo(strip);
                if (tiff.WriteEncodedStrip(index, strip, bytes) < 0)
                    throw new InvalidDataException($"An image of {image.Width} × {image.Height} pixels is not written as TIFF.");
            }
            tiff.WriteDirectory();
        }
        return file.ToArray();
    }
}
