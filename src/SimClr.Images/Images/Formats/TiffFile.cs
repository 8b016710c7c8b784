using BitMiracle.LibTiff.Classic;

namespace SimClr.Images;

/// <summary>Opens TIFFs and BigTIFFs by LibTiff.NET. What it throws or reports about damage becomes an InvalidDataException.</summary>
internal static class TiffFile
{
    private const int ReducedCopy = 1, Mask = 4;

    /// <summary>Whether the file begins as a TIFF or a BigTIFF does.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes) =>
        bytes is [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..];

    /// <summary>The image of a TIFF: its first page, or all of them as channels.</summary>
    /// <param name="file">The file; borrowed, and needed until the rows are disposed of.</param>
    /// <param name="name">The name in messages.</param>
    /// <param name="isWhole">Whether all rows will be in memory at once, so that the size is limited.</param>
    /// <param name="options">Null: the first page.</param>
    /// <exception cref="InvalidDataException">The file is damaged, too large or of a kind that is not read.</exception>
    public static ImageRows Open(Stream file, string name, bool isWhole, DecodeOptions? options)
    {
        TiffDirectory.Check(file, name, options?.Pages == ImagePages.Channels);
        try
        {
            var tiff = TiffMessages.Open(name, "r", file) ?? throw Damaged(name, "its directory cannot be read");
            return options?.Pages == ImagePages.Channels ? Stack(tiff, name) : TiffRows.Of(tiff, name, isWhole);
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(name, e.Message, e);
        }
    }

    /// <summary>
    /// Whether this is an exception of damage. LibTiff.NET trusts counts and offsets in places, and then runs into whatever an array or a
    /// stream throws.
    /// </summary>
    public static bool IsDamage(Exception e) => e is not (InvalidDataException or IOException or InsufficientMemoryException);

    /// <summary>The refusal of a damaged file.</summary>
    public static InvalidDataException Damaged(string name, string why, Exception? inner = null) =>
        new($"{name}: the TIFF is damaged or cut off: {(TiffMessages.Last ?? why).TrimEnd('.')}.", inner);

    /// <summary>The refusal of a file of which some rows can be read.</summary>
    public static InvalidDataException Damaged(string name, int rows, int height) =>
        Damaged(name, $"the first {rows} of its {height} rows can be read");

    private static MemoryRows Stack(Tiff tiff, string name)
    {
        var pages = new List<DecodedImage>();
        ImageRows? first = null;
        do
        {
            if (tiff.GetField(TiffTag.SUBFILETYPE) is [var kind, ..] && (kind.ToInt() & (ReducedCopy | Mask)) != 0) continue;
            using var rows = TiffRows.Of(tiff, name, isWhole: true);
            first ??= rows;
            if ((rows.Width, rows.Height, rows.Type, rows.Origin) != (first.Width, first.Height, first.Type, first.Origin))
                throw new InvalidDataException($"{name}: its pages do not become channels: page {pages.Count + 1} has {rows.Width} × " +
                    $"{rows.Height} pixels of {rows.Type}, and the first has {first.Width} × {first.Height} of {first.Type}.");
            int channels = rows.Channels + pages.Sum(page => page.Channels);
            RowDecoder.CheckBytes(name, rows.Width, rows.Height, 4L * channels);
            byte[] bytes = new byte[rows.RowBytes * rows.Height];
            for (int y = 0; y < rows.Height; y++) rows.Read(y, bytes.AsSpan(y * rows.RowBytes, rows.RowBytes));
            pages.Add(new DecodedImage(bytes, rows.Width, rows.Height, rows.Channels, rows.Type));
        }
        while (tiff.ReadDirectory());
        if (first is null) throw new InvalidDataException($"{name}: no page of the TIFF is an image.");
        if (pages.Count == 1) return Of(first, pages[0], first.Opacity);
        return Of(first, Joined(pages), Opacity.None);
    }

    private static MemoryRows Of(ImageRows rows, DecodedImage image, Opacity opacity) => new(image.Bytes)
    {
        Name = rows.Name,
        Width = image.Width,
        Height = image.Height,
        Channels = image.Channels,
        Type = image.Type,
        Opacity = opacity,
        Origin = rows.Origin,
    };

    private static DecodedImage Joined(List<DecodedImage> pages)
    {
        var first = pages[0];
        int channels = pages.Sum(page => page.Channels), pixel = channels * first.BytesPerValue, count = first.Width * first.Height;
        byte[] all = new byte[count * pixel];
        int at = 0;
        foreach (var page in pages)
        {
            int size = page.Channels * page.BytesPerValue;
            var from = page.Bytes.Span;
            for (int i = 0; i < count; i++) from.Slice(i * size, size).CopyTo(all.AsSpan(i * pixel + at));
            at += size;
        }
        return new DecodedImage(all, first.Width, first.Height, channels, first.Type);
    }
}
