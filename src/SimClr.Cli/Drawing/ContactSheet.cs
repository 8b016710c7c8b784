using SimClr.Images;
using SimClr.Pretraining;
using SkiaSharp;

namespace SimClr.Cli.Drawing;

/// <summary>A grid of images with a title, column captions and optional row captions. Columns that belong together share a panel.</summary>
internal sealed record ContactSheet
{
    private static readonly SKSamplingOptions Enlarge = new(SKFilterMode.Nearest);
    private static readonly SKSamplingOptions Reduce = new(SKFilterMode.Linear, SKMipmapMode.Linear);

    /// <summary>The line above everything.</summary>
    public required string Title { get; init; }

    /// <summary>The captions of the columns, group by group: <c>[["original"], ["view 1a", "view 1b"]]</c>.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Groups { get; init; }

    /// <summary>The rows from top to bottom; at least one.</summary>
    public required IReadOnlyList<ContactSheetRow> Rows { get; init; }

    /// <summary>
    /// The side of a tile in pixels. Default: the smallest multiple of the second image's longer side that is at least 96, and at most 224.
    /// So small images are magnified by an integer.
    /// </summary>
    public int? TileSide { get; init; }

    /// <summary>Originals, or the two images of a pair, followed by pairs of their views.</summary>
    public static ContactSheet OfViews(string title, IReadOnlyList<ImageViews> rows) => new()
    {
        Title = title,
        Groups =
        [
            rows is [{ SecondOriginal: not null }, ..] ? ["first image", "second image"] : ["original"],
            .. Enumerable.Range(1, rows.Select(row => row.Pairs.Count).FirstOrDefault())
                .Select(n => (string[])[$"view {n}a", $"view {n}b"]),
            .. rows is [{ SmallCrops.Count: > 0 and var crops }, ..]
                ? (string[][])[[.. Enumerable.Range(1, crops).Select(n => $"small {n}")]]
                : [],
        ],
        Rows = [.. rows.Select(row => new ContactSheetRow(
            row.Caption,
            [
                row.Original, .. row.SecondOriginal is { } second ? [second] : Array.Empty<DecodedImage>(),
                .. row.Pairs.SelectMany(pair => (DecodedImage[])[pair.First, pair.Second]), .. row.SmallCrops,
            ]))],
    };

    /// <summary>Images with a caption below each, row by row. The last row may have empty places.</summary>
    /// <param name="title">The line above everything.</param>
    /// <param name="tiles">At least one tile. With groups, only complete groups.</param>
    /// <param name="columns">The largest number of groups in a row.</param>
    /// <param name="perGroup">The number of neighbouring tiles that share a panel; by default all of a row.</param>
    public static ContactSheet OfTiles(
        string title, IReadOnlyList<(string Caption, DecodedImage Image)> tiles, int columns, int? perGroup = null)
    {
        int groups = perGroup is { } size ? Math.Min(columns, tiles.Count / size) : 1, inGroup = perGroup ?? Math.Min(columns, tiles.Count);
        int side = Math.Max(tiles[0].Image.Width, tiles[0].Image.Height);
        var free = ("", new DecodedImage(
            new[] { ContactSheetInk.PanelColour.Red, ContactSheetInk.PanelColour.Green, ContactSheetInk.PanelColour.Blue }, 1, 1));
        return new()
        {
            Title = title,
            TileSide = Math.Min((128 + side - 1) / side * side, 224), // leaves room for the captions
            Groups = [.. Enumerable.Repeat(Enumerable.Repeat("", inGroup).ToArray(), groups)],
            Rows = [.. tiles.Chunk(groups * inGroup)
                .Select(row => row.Concat(Enumerable.Repeat(free, groups * inGroup - row.Length)).ToList())
                .Select(row => new ContactSheetRow("", [.. row.Select(tile => tile.Item2)], [.. row.Select(tile => tile.Item1)]))],
        };
    }

    /// <summary>Draws the sheet and writes it atomically, in the format of the file's extension (<see cref="PictureFile"/>).</summary>
    /// <exception cref="ArgumentException">There are no rows, or a row has another number of images than columns.</exception>
    /// <exception cref="InvalidDataException">The sheet is too large to draw, or too large for the format.</exception>
    public void Save(string path)
    {
        using var image = Drawn();
        PictureFile.Write(path, image);
    }

    /// <summary>Draws the sheet.</summary>
    /// <exception cref="ArgumentException">There are no rows, or a row has another number of images than columns.</exception>
    public byte[] ToPng()
    {
        using var image = Drawn();
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private SKImage Drawn()
    {
        var columns = Groups.Sum(group => group.Count);
        if (Rows.Count == 0 || columns == 0)
            throw new ArgumentException($"A contact sheet needs rows and columns; it has {Rows.Count} and {columns}.");
        if (Rows.FirstOrDefault(row => row.Images.Count != columns) is { } odd)
            throw new ArgumentException(
                $"A row of this contact sheet needs {columns} images; the row \"{odd.Caption}\" has {odd.Images.Count}.");
        if (Rows.Any(row => row.Below.Count != Rows[0].Below.Count || row.Below.Count is not 0 && row.Below.Count != columns))
            throw new ArgumentException(
                $"Either every image of a contact sheet has a caption below it or none; there are {columns} columns.");

        using var ink = new ContactSheetInk();
        var layout = new ContactSheetLayout(this, ink);
        using var surface = SKSurface.Create(new SKImageInfo(layout.Width, layout.Height, SKColorType.Rgba8888, SKAlphaType.Opaque))
            ?? throw new InvalidDataException(
                $"A contact sheet of {layout.Width} × {layout.Height} pixels is too large. Show fewer images.");
        Draw(surface.Canvas, layout, ink);
        return surface.Snapshot();
    }

    private void Draw(SKCanvas canvas, ContactSheetLayout layout, ContactSheetInk ink)
    {
        canvas.Clear(ContactSheetInk.Paper);
        ink.Title.Draw(canvas, Title, ContactSheetLayout.Margin, ContactSheetLayout.TitleBaseline, ink.Text);
        for (var group = 0; group < Groups.Count; group++) canvas.DrawRoundRect(layout.Panel(group), 6, 6, ink.Panel);

        var captions = Groups.SelectMany(group => group).ToArray();
        for (var column = 0; column < captions.Length; column++)
        {
            var text = ink.Caption.Fit(captions[column], layout.TileSide);
            ink.Caption.Draw(canvas, text, layout.Tile(0, column).MidX, layout.CaptionBaseline, ink.Text, centred: true);
        }

        for (var row = 0; row < Rows.Count; row++)
        {
            var text = ink.Caption.Fit(Rows[row].Caption, ContactSheetLayout.MaxRowCaption);
            ink.Caption.Draw(canvas, text, ContactSheetLayout.Margin, layout.Tile(row, 0).MidY + 5, ink.Text);
            for (var column = 0; column < captions.Length; column++)
            {
                Draw(canvas, Rows[row].Images[column].Checked().ToRgb(), layout.Tile(row, column));
                if (Rows[row].Below.Count == 0) continue;
                ink.Caption.Draw(canvas, ink.Caption.Fit(Rows[row].Below[column], layout.TileSide), layout.Tile(row, column).Left,
                    layout.BelowBaseline(row), ink.Text);
            }
        }
    }

    /// <summary>Fits the image into the tile, centred. Enlarged pixels stay square; reduced pixels are averaged.</summary>
    private static void Draw(SKCanvas canvas, DecodedImage image, SKRect tile)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        SpriteSheet.Paint(image, bitmap.GetPixelSpan(), bitmap.Width);
        var scale = tile.Width / Math.Max(image.Width, image.Height);
        var place = SKRect.Create(
            tile.Left + MathF.Floor((tile.Width - (image.Width * scale)) / 2),
            tile.Top + MathF.Floor((tile.Height - (image.Height * scale)) / 2),
            image.Width * scale, image.Height * scale);
        using var picture = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(picture, place, scale >= 1 ? Enlarge : Reduce);
    }
}
