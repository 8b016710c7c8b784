using BitMiracle.LibTiff.Classic;

namespace SimClr.Images;

/// <summary>
/// Rows of a TIFF from its strips or tiles: one row of such blocks, of all channels, is in memory, and rows are copied from it.
/// </summary>
internal sealed class TiffBlocks
{
    /// <summary>Bytes that a row of blocks may take.</summary>
    public const long Largest = 1 << 29;

    private readonly Tiff tiff;
    private readonly TiffHead head;
    private readonly string name;
    private readonly bool isTiled;
    private readonly TiffJpeg? jpeg;
    private readonly int width, height, across, blockRowBytes, planes;
    private readonly byte[] block, band;
    private readonly TiffPlaces places;
    private byte[]? absent;
    private int top = -1;

    /// <summary>Allocates a row of blocks.</summary>
    /// <param name="tiff">An open file; borrowed.</param>
    /// <param name="head">Its current page.</param>
    /// <param name="places">Where its blocks are.</param>
    /// <param name="name">The name in messages.</param>
    /// <exception cref="InvalidDataException">The blocks are too large, or have no size.</exception>
    public TiffBlocks(Tiff tiff, TiffHead head, TiffPlaces places, string name)
    {
        (this.tiff, this.head, this.places, this.name, isTiled) = (tiff, head, places, name, tiff.IsTiled());
        width = isTiled ? tiff.GetField(TiffTag.TILEWIDTH)[0].ToInt() : head.Width;
        height = isTiled ? tiff.GetField(TiffTag.TILELENGTH)[0].ToInt()
            : (int)Math.Min((uint)tiff.GetFieldDefaulted(TiffTag.ROWSPERSTRIP)[0].ToInt(), (uint)head.Height);
        if (width <= 0 || height <= 0) throw new InvalidDataException($"{name}: the TIFF is damaged: its tiles have no size.");
        planes = head.IsPlanar ? head.Samples : 1;
        long bits = (long)width * head.Bits * (head.IsPlanar ? 1 : head.Samples);
        across = (int)(((long)head.Width + width - 1) / width);
        long bytes = (bits + 7) / 8 * height;
        if (bytes > Largest || bytes * across * planes > Largest) throw new InvalidDataException(
            $"{name}: blocks of {width} × {height} pixels are too large; tiffcp -t -w 256 -l 256 IN OUT writes smaller ones.");
        if (across > 1 && bits % 8 != 0)
            throw new InvalidDataException($"{name}: tiles of {width} pixels of {head.Bits} bits are not read.");
        blockRowBytes = (int)((bits + 7) / 8);
        RowBytes = planes == 1 ? across * blockRowBytes : (head.Width * head.Samples * head.Bits + 7) / 8;
        jpeg = head.IsColorJpeg ? new TiffJpeg(tiff, name) : null;
        block = new byte[Math.Max(bytes, isTiled ? tiff.TileSize() : tiff.StripSize())];
        band = new byte[bytes * across * planes];
    }

    /// <summary>Bytes of a row: (W, samples), interleaved, and what the last tile has in excess.</summary>
    public int RowBytes { get; }

    /// <summary>Reads a row.</summary>
    /// <param name="y">Its index.</param>
    /// <param name="row">Receives <see cref="RowBytes"/> bytes.</param>
    /// <exception cref="InvalidDataException">A block is damaged or missing.</exception>
    public void Read(int y, Span<byte> row)
    {
        if (top < 0 || y < top || y >= top + height) Load(y / height * height);
        int bandRow = across * blockRowBytes, start = (y - top) * bandRow;
        if (planes == 1)
        {
            band.AsSpan(start, bandRow).CopyTo(row);
            return;
        }
        for (int plane = 0; plane < planes; plane++) Interleave(band.AsSpan(plane * height * bandRow + start, bandRow), plane, row);
    }

    private void Load(int first)
    {
        int rows = Math.Min(height, head.Height - first), bandRow = across * blockRowBytes;
        for (int plane = 0; plane < planes; plane++)
        {
            for (int column = 0; column < across; column++)
            {
                int needed = blockRowBytes * (isTiled ? height : rows);
                int number = isTiled ? tiff.ComputeTile(column * width, first, 0, (short)plane) : tiff.ComputeStrip(first, (short)plane);
                if (!places.IsInFile(number)) throw TiffFile.Damaged(name, first, head.Height);
                ReadOnlySpan<byte> decoded = IsAbsent(number)
                    ? absent ??= TiffSamples.Repeated(head.NoData ?? 0, head, blockRowBytes * height)
                    : jpeg is not null ? jpeg.Decode(number, width, rows)
                    : Fill(number, needed) >= needed ? block : throw TiffFile.Damaged(name, first, head.Height);
                for (int y = 0; y < rows; y++)
                {
                    decoded.Slice(y * blockRowBytes, blockRowBytes)
                        .CopyTo(band.AsSpan(plane * height * bandRow + y * bandRow + column * blockRowBytes));
                }
            }
        }
        top = first;
    }

    // What is packed can only be 0 there.
    private bool IsAbsent(int number) => places.IsAbsent(number) && (head.Bits % 8 == 0 || head.NoData is null or 0);

    private int Fill(int number, int needed)
    {
        int read = isTiled ? tiff.ReadEncodedTile(number, block, 0, block.Length) : tiff.ReadEncodedStrip(number, block, 0, needed);
        for (int row = 0; head.IsDifferenced && row < needed; row += blockRowBytes)
            TiffSamples.Sum(block.AsSpan(row, blockRowBytes), planes > 1 ? 1 : head.Samples);
        return read;
    }

    private void Interleave(ReadOnlySpan<byte> plane, int sample, Span<byte> row)
    {
        int size = head.Bits / 8;
        if (head.Bits % 8 == 0)
        {
            for (int x = 0; x < head.Width; x++) plane.Slice(x * size, size).CopyTo(row[((x * head.Samples + sample) * size)..]);
            return;
        }
        for (int x = 0; x < head.Width; x++)
        {
            for (int b = 0; b < head.Bits; b++)
            {
                int from = x * head.Bits + b, to = (x * head.Samples + sample) * head.Bits + b, mask = 0x80 >> (to & 7);
                if ((plane[from >> 3] << (from & 7) & 0x80) != 0) row[to >> 3] |= (byte)mask;
                else row[to >> 3] &= (byte)~mask;
            }
        }
    }
}
