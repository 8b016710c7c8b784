using ScottPlot;
using SkiaSharp;

namespace SimClr.Cli.Drawing;

/// <summary>
/// The program's own regular and bold sans-serif fonts (a subset of DejaVu Sans), so that text is drawn on systems without any font.
/// </summary>
internal sealed class Typefaces : IFontResolver
{
    private const string Family = "DejaVu Sans of simclr";

    private Typefaces()
    {
    }

    /// <summary>Shared; must not be disposed.</summary>
    public static SKTypeface Regular { get; } = Load(bold: false);

    /// <summary>Shared; must not be disposed.</summary>
    public static SKTypeface Bold { get; } = Load(bold: true);

    /// <summary>The name of the font family for ScottPlot, which resolves it here.</summary>
    public static string PlotFamily { get; } = Register();

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName == Family ? Load(weight >= FontWeight.SemiBold) : null;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Family ? Load(bold) : null;

    private static string Register()
    {
        Fonts.FontResolvers.Insert(0, new Typefaces());
        return Family;
    }

    private static SKTypeface Load(bool bold)
    {
        var name = bold ? "fonts/DejaVuSans-Bold.ttf" : "fonts/DejaVuSans.ttf";
        using var data = SKData.Create(typeof(Typefaces).Assembly.GetManifestResourceStream(name));
        return SKTypeface.FromData(data);
    }
}
