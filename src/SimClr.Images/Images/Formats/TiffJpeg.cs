using BitMiracle.LibTiff.Classic;

namespace SimClr.Images;

/// <summary>
/// Decodes the strips or tiles of a TIFF that are JPEGs of YCbCr, as files of their own: LibTiff.NET's JPEG decoder interpolates chroma in
/// another way than libjpeg-turbo, and takes four times as long.
/// </summary>
/// <remarks>Source: Adobe's technical note on JPEG in TIFF: a block begins with its own markers, and the tables are shared.</remarks>
internal sealed class TiffJpeg
{
    private const int FilledUp = 4096; // rows

    private readonly Tiff tiff;
    private readonly string name;
    private readonly byte[] tables;
    private readonly DecodeBuffer buffer;
    private byte[] file = [];
    private int block, wide, least;

    /// <summary>Reads the shared tables.</summary>
    /// <param name="tiff">An open file; borrowed.</param>
    /// <param name="name">The name in messages.</param>
    public TiffJpeg(Tiff tiff, string name)
    {
        (this.tiff, this.name) = (tiff, name);
        buffer = new DecodeBuffer { Reduction = Check };
        byte[] all = tiff.GetField(TiffTag.JPEGTABLES) is [_, var field, ..] ? field.ToByteArray() ?? [] : [];
        tables = all.Length > 4 ? all[2..^2] : []; // without start and end
    }

    /// <summary>Decodes a block.</summary>
    /// <param name="number">The strip or tile.</param>
    /// <param name="width">Its width, in pixels.</param>
    /// <param name="rows">The rows that are needed of it.</param>
    /// <returns>(at least rows, width, 3); valid until the next call.</returns>
    /// <exception cref="InvalidDataException">It is damaged, or has another size.</exception>
    public ReadOnlySpan<byte> Decode(int number, int width, int rows)
    {
        long length = tiff.IsTiled() ? tiff.RawTileSize(number) : tiff.RawStripSize(number);
        if (length is < 4 or > int.MaxValue / 2) throw TiffFile.Damaged(name, $"its block {number} has {length} bytes");
        if (file.Length < tables.Length + length) file = new byte[tables.Length + length];
        int start = tables.Length, count = (int)length;
        int read = tiff.IsTiled() ? tiff.ReadRawTile(number, file, start, count) : tiff.ReadRawStrip(number, file, start, count);
        if (read < count) throw TiffFile.Damaged(name, $"its block {number} is cut off");
        if (file.AsSpan(start, 2) is not [0xff, 0xd8]) throw TiffFile.Damaged(name, $"its block {number} is no JPEG");
        (block, wide, least) = (number, width, rows);
        file.AsSpan(start, 2).CopyTo(file);
        tables.CopyTo(file, 2);
        return ImageDecoder.Decode(file.AsSpan(0, start + count), name, buffer).Bytes.Span;
    }

    // Called with the size before any pixel is decoded. Encoders may fill the last strip up.
    private int Check(int width, int height) => width == wide && height >= least && height <= Math.Max(2 * least, least + FilledUp) ? 1
        : throw TiffFile.Damaged(name, $"its block {block} has {width} × {height} pixels");
}
