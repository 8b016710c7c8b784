using SkiaSharp;

namespace SimClr.Cli.Drawing;

/// <summary>The fonts and paints of a <see cref="ContactSheet"/>.</summary>
internal sealed class ContactSheetInk : IDisposable
{
    public static readonly SKColor Paper = SKColors.White;

    public static readonly SKColor PanelColour = new(0xDF, 0xE4, 0xEB);

    public SKFont TitleFont { get; } = new(Typefaces.Bold, 17) { Subpixel = true };

    public SKFont CaptionFont { get; } = new(Typefaces.Regular, 13) { Subpixel = true };

    public SKPaint Text { get; } = new() { Color = new SKColor(0x20, 0x24, 0x2A), IsAntialias = true };

    public SKPaint Panel { get; } = new() { Color = PanelColour, IsAntialias = true };

    /// <summary>The caption, cut to the width and ended by "…" where it is wider.</summary>
    public string Fit(string caption, float width)
    {
        var fitting = caption;
        for (var length = caption.Length - 1; length > 0 && CaptionFont.MeasureText(fitting) > width; length--) fitting = caption[..length] + "…";
        return fitting;
    }

    public void Dispose()
    {
        TitleFont.Dispose();
        CaptionFont.Dispose();
        Text.Dispose();
        Panel.Dispose();
    }
}
