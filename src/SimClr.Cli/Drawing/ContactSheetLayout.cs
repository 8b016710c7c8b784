using SkiaSharp;

namespace SimClr.Cli.Drawing;

/// <summary>The positions on a <see cref="ContactSheet"/>, in pixels.</summary>
internal sealed class ContactSheetLayout
{
    public const int Margin = 16;
    public const int MaxRowCaption = 140;
    public const int TitleBaseline = Margin + 15;
    private const int TitleHeight = 24;
    private const int CaptionHeight = 20;
    private const int Gap = 4; // between tiles, and between a tile and the edge of its panel
    private const int GroupGap = 10; // between panels
    private const int PanelTop = Margin + TitleHeight + Gap;

    private readonly int top, below; // where the first row begins; the space below a tile
    private readonly float[] tileLeft;
    private readonly SKRect[] panels;

    public ContactSheetLayout(ContactSheet sheet, ContactSheetInk ink)
    {
        TileSide = sheet.TileSide ?? DefaultTileSide(sheet);
        top = PanelTop + Gap + (sheet.Groups.SelectMany(group => group).Any(caption => caption.Length > 0) ? CaptionHeight : 0);
        below = sheet.Rows[0].Below.Count > 0 ? CaptionHeight : 0;
        var captions = sheet.Rows.Max(row => ink.Caption.Measure(ink.Caption.Fit(row.Caption, MaxRowCaption)));
        var left = Margin + (captions > 0 ? (int)MathF.Ceiling(captions) + GroupGap : 0);
        var bottom = top + (sheet.Rows.Count * (TileSide + below + Gap));
        tileLeft = new float[sheet.Groups.Sum(group => group.Count)];
        panels = new SKRect[sheet.Groups.Count];
        for (int group = 0, column = 0; group < panels.Length; group++)
        {
            var start = left;
            left += Gap;
            for (var i = 0; i < sheet.Groups[group].Count; i++, left += TileSide + Gap) tileLeft[column++] = left;
            panels[group] = new SKRect(start, PanelTop, left, bottom);
            left += GroupGap;
        }

        Width = Math.Max(left - GroupGap, (int)MathF.Ceiling(Margin + ink.Title.Measure(sheet.Title))) + Margin;
        Height = bottom + Margin;
    }

    /// <summary>The baseline of the column captions.</summary>
    public int CaptionBaseline => top - 7;

    public int Width { get; }

    public int Height { get; }

    public int TileSide { get; }

    /// <summary>The panel behind a group of columns, including their captions.</summary>
    public SKRect Panel(int group) => panels[group];

    public SKRect Tile(int row, int column) => SKRect.Create(tileLeft[column], top + (row * (TileSide + below + Gap)), TileSide, TileSide);

    /// <summary>The baseline of the captions below the tiles of a row.</summary>
    public float BelowBaseline(int row) => Tile(row, 0).Bottom + CaptionHeight - 6;

    private static int DefaultTileSide(ContactSheet sheet)
    {
        var images = sheet.Rows[0].Images;
        var image = images[Math.Min(1, images.Count - 1)].Checked();
        var side = Math.Max(image.Width, image.Height);
        return Math.Min((96 + side - 1) / side * side, 224);
    }
}
