using System.Globalization;
using System.Text;
using SkiaSharp;

namespace SimClr.Cli.Drawing;

/// <summary>
/// Text in one of the program's fonts. A character without a glyph is drawn with a font of the system. If no font has it, its number is
/// written instead (U+732B), so that nothing is silently missing.
/// </summary>
internal sealed class Lettering : IDisposable
{
    private const string Cut = "…";

    private readonly SKFont own;
    private readonly Dictionary<SKTypeface, SKFont> others = [];
    private readonly Dictionary<int, SKFont?> fontOf = [];

    /// <param name="typeface">The program's font; borrowed.</param>
    /// <param name="size">In pixels.</param>
    public Lettering(SKTypeface typeface, float size) => own = Font(typeface, size);

    /// <summary>The width of a text, in pixels.</summary>
    public float Measure(string text) => Pieces(Shown(text)).Sum(piece => piece.Font.MeasureText(piece.Text));

    /// <summary>The text; if it is wider, it is cut to the width and ends in "…".</summary>
    public string Fit(string text, float width)
    {
        text = Shown(text);
        if (Measure(text) <= width) return text;
        int[] starts = StringInfo.ParseCombiningCharacters(text);
        for (int kept = starts.Length - 1; kept > 0; kept--)
        {
            string fitting = text[..starts[kept]] + Cut;
            if (Measure(fitting) <= width || kept == 1) return fitting;
        }
        return text;
    }

    /// <summary>Draws a text.</summary>
    /// <param name="canvas">The target.</param>
    /// <param name="text">One line.</param>
    /// <param name="x">Its left end, or its centre.</param>
    /// <param name="y">Its baseline.</param>
    /// <param name="paint">Its colour.</param>
    /// <param name="centred">Whether <paramref name="x"/> is the centre.</param>
    public void Draw(SKCanvas canvas, string text, float x, float y, SKPaint paint, bool centred = false)
    {
        if (centred) x -= Measure(text) / 2;
        foreach (var (piece, font) in Pieces(Shown(text)))
        {
            canvas.DrawText(piece, x, y, font, paint);
            x += font.MeasureText(piece);
        }
    }

    // A character that no font has is shown as its number.
    private string Shown(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsUnseen(rune)) continue;
            if (FontOf(rune) is not null) shown.Append(rune.ToString());
            else shown.Append(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}");
        }
        return shown.ToString();
    }

    // Groups neighbouring characters of the same font.
    private List<(string Text, SKFont Font)> Pieces(string shown)
    {
        var pieces = new List<(string, SKFont)>();
        var (current, piece) = (own, new StringBuilder());
        foreach (var rune in shown.EnumerateRunes())
        {
            var font = FontOf(rune) ?? own;
            if (font != current)
            {
                Close();
                current = font;
            }
            piece.Append(rune.ToString());
        }
        Close();
        return pieces;

        void Close()
        {
            if (piece.Length > 0) pieces.Add((piece.ToString(), current));
            piece.Clear();
        }
    }

    private SKFont? FontOf(Rune rune)
    {
        if (own.Typeface.ContainsGlyph(rune.Value)) return own;
        if (!fontOf.TryGetValue(rune.Value, out var font)) fontOf[rune.Value] = font = Other(rune);
        return font;
    }

    private SKFont? Other(Rune rune)
    {
        if (SystemFonts.With(rune.Value) is not { } typeface) return null;
        if (!others.TryGetValue(typeface, out var font)) others[typeface] = font = Font(typeface, own.Size);
        return font;
    }

    // The widths of the font's file, not those that a system rounds to its pixels: a picture has the same size on all systems.
    private static SKFont Font(SKTypeface typeface, float size) =>
        new(typeface, size) { Subpixel = true, LinearMetrics = true, Hinting = SKFontHinting.None };

    // Joiners, direction marks and variation selectors have no glyph of their own.
    private static bool IsUnseen(Rune rune) =>
        Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format || rune.Value is (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);

    public void Dispose()
    {
        own.Dispose();
        foreach (var font in others.Values) font.Dispose();
    }
}
