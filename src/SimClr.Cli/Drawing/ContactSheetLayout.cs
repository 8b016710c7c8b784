using SkiaSharp;

namespace SimClr.Cli.Drawing;

/// <summary>Where everything lies on a <see cref="ContactSheet"/>, in pixels.</summary>
internal sealed class ContactSheetLayout
{
    public const int Margin = 16;
    public const int MaxRowCaption = 140;
    public const int TitleBaseline = Margin + 15;
    public const int CaptionBaseline = Top - 7;
    private const int TitleHeight = 24;
    private const int CaptionHeight = 20;
    private const int Gap = 4; // between tiles, and from a tile to its panel's rim
    private const int GroupGap = 10; // between panels
    private const int Top = Margin + TitleHeight + Gap + CaptionHeight + Gap; // of the first row

    private readonly float[] tileLeft;
    private readonly SKRect[] panels;

    public ContactSheetLayout(ContactSheet sheet, ContactSheetInk ink)
    {
        TileSide = sheet.TileSide ?? DefaultTileSide(sheet);
        var captions = sheet.Rows.Max(row => ink.CaptionFont.MeasureText(ink.Fit(row.Caption, MaxRowCaption)));
        var left = Margin + (captions > 0 ? (int)MathF.Ceiling(captions) + GroupGap : 0);
        var bottom = Top + (sheet.Rows.Count * (TileSide + Gap));
        tileLeft = new float[sheet.Groups.Sum(group => group.Count)];
        panels = new SKRect[sheet.Groups.Count];
        for (int group = 0, column = 0; group < panels.Length; group++)
        {
            var start = left;
            left += Gap;
            for (var i = 0; i < sheet.Groups[group].Count; i++, left += TileSide + Gap) tileLeft[column++] = left;
            panels[group] = new SKRect(start, Top - CaptionHeight - Gap, left, bottom);
            left += GroupGap;
        }

        Width = Math.Max(left - GroupGap, (int)MathF.Ceiling(Margin + ink.TitleFont.MeasureText(sheet.Title))) + Margin;
        Height = bottom + Margin;
    }

    public int Width { get; }

    public int Height { get; }

    public int TileSide { get; }

    /// <summary>The panel behind a group of columns, their captions included.</summary>
    public SKRect Panel(int group) => panels[group];

    public SKRect Tile(int row, int column) => SKRect.Create(tileLeft[column], Top + (row * (TileSide + Gap)), TileSide, TileSide);

    private static int DefaultTileSide(ContactSheet sheet)
    {
        var image = sheet.Rows[0].Images[^1].Checked();
        var side = Math.Max(image.Width, image.Height);
        return Math.Min((96 + side - 1) / side * side, 224);
    }
}
