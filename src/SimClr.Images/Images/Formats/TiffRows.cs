using BitMiracle.LibTiff.Classic;

namespace SimClr.Images;

/// <summary>The current page of a TIFF, row by row.</summary>
internal sealed class TiffRows : ImageRows
{
    private const int LargeStrip = 1 << 24; // bytes

    private readonly Tiff tiff;
    private readonly TiffHead head;
    private readonly TiffPlaces places;
    private readonly TiffBlocks? blocks;
    private readonly byte[] raw, values;
    private readonly int[]? colors;

    private TiffRows(Tiff tiff, TiffHead head, TiffPlaces places, TiffBlocks? blocks, int[]? colors)
    {
        (this.tiff, this.head, this.places, this.blocks, this.colors) = (tiff, head, places, blocks, colors);
        raw = new byte[colors is not null ? 0 : blocks?.RowBytes ?? tiff.ScanlineSize()];
        values = new byte[head.Width * head.Samples * (head.Type == PixelType.UInt8 ? 1 : head.Type == PixelType.UInt16 ? 2 : 4)];
    }

    /// <summary>Prepares the current page.</summary>
    /// <param name="tiff">An open file; borrowed, and not moved to another page until all rows are read.</param>
    /// <param name="name">The name in messages.</param>
    /// <param name="isWhole">Whether all rows will be in memory at once, so that the size is limited.</param>
    /// <exception cref="InvalidDataException">The page is damaged, or too large, or of a kind that is not read.</exception>
    public static TiffRows Of(Tiff tiff, string name, bool isWhole)
    {
        var head = new TiffHead(tiff, name);
        if (isWhole || head.ByLibrary)
            RowDecoder.CheckBytes(name, head.Width, head.Height, Math.Max(4, (long)head.Samples * head.Bits / 8));
        if ((long)head.Width * head.Samples * 8 > TiffBlocks.Largest)
            throw new InvalidDataException($"{name}: rows of {head.Width} pixels of {head.Samples} channels are too long.");
        // A large strip is read line by line.
        bool isByLine = head.ByLibrary
            || (!tiff.IsTiled() && !head.IsPlanar && !head.IsDifferenced && tiff.StripSize() is <= 0 or > LargeStrip);
        var places = new TiffPlaces(tiff);
        var blocks = isByLine ? null : new TiffBlocks(tiff, head, places, name);
        int[]? colors = head.ByLibrary ? Converted(tiff, head, places, name) : null;
        return new TiffRows(tiff, head, places, blocks, colors)
        {
            Name = name,
            Width = head.Width,
            Height = head.Height,
            Channels = head.Channels,
            Type = head.Type,
            Opacity = head.Opacity,
            Origin = head.Origin,
        };
    }

    /// <inheritdoc/>
    public override void Read(int y, Span<byte> row)
    {
        try
        {
            if (colors is not null) Take(colors.AsSpan(y * Width, Width), row);
            else if (blocks is not null) blocks.Read(y, raw);
            else if (!places.IsInFile(tiff.ComputeStrip(y, 0)) || !tiff.ReadScanline(raw, 0, y, 0)) throw TiffFile.Damaged(Name, y, Height);
        }
        catch (Exception e) when (TiffFile.IsDamage(e))
        {
            throw TiffFile.Damaged(Name, e.Message, e);
        }
        if (colors is not null) return;
        TiffSamples.Convert(raw, head, values);
        TiffSamples.Colors(values, raw, head, row);
    }

    private static void Take(ReadOnlySpan<int> colors, Span<byte> row)
    {
        for (int x = 0, i = 0; x < colors.Length; x++)
        {
            int color = colors[x];
            (row[i++], row[i++], row[i++]) = ((byte)Tiff.GetR(color), (byte)Tiff.GetG(color), (byte)Tiff.GetB(color));
        }
    }

    private static int[] Converted(Tiff tiff, TiffHead head, TiffPlaces places, string name)
    {
        int[] colors = new int[head.Width * head.Height];
        var stored = (Orientation)(int)head.Origin;
        if (!places.AreInFile || !tiff.ReadRGBAImageOriented(head.Width, head.Height, colors, stored, true))
            throw TiffFile.Damaged(name, 0, head.Height);
        return colors;
    }
}
