using SkiaSharp;

namespace SimClr.Cli.Drawing;

/// <summary>The fonts and paints of a <see cref="ContactSheet"/>.</summary>
internal sealed class ContactSheetInk : IDisposable
{
    public static readonly SKColor Paper = SKColors.White;

    public static readonly SKColor PanelColour = new(0xDF, 0xE4, 0xEB);

    public Lettering Title { get; } = new(Typefaces.Bold, 17);

    public Lettering Caption { get; } = new(Typefaces.Regular, 13);

    public SKPaint Text { get; } = new() { Color = new SKColor(0x20, 0x24, 0x2A), IsAntialias = true };

    public SKPaint Panel { get; } = new() { Color = PanelColour, IsAntialias = true };

    public void Dispose()
    {
        Title.Dispose();
        Caption.Dispose();
        Text.Dispose();
        Panel.Dispose();
    }
}
