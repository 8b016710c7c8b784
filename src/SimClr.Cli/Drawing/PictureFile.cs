using SimClr.IO;
using SkiaSharp;

namespace SimClr.Cli.Drawing;

/// <summary>A picture file whose extension decides the format.</summary>
internal static class PictureFile
{
    private const int Quality = 92; // of JPEG and WebP, in [0, 100]

    /// <summary>The supported extensions.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".png", ".jpg", ".jpeg", ".webp"];

    /// <summary>The format of a name's extension; null if it is not in <see cref="Extensions"/>.</summary>
    public static SKEncodedImageFormat? FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" => SKEncodedImageFormat.Png,
        ".jpg" or ".jpeg" => SKEncodedImageFormat.Jpeg,
        ".webp" => SKEncodedImageFormat.Webp,
        _ => null,
    };

    /// <summary>Writes a picture atomically, in the format of the path's extension.</summary>
    /// <exception cref="ArgumentException">The extension is not in <see cref="Extensions"/>.</exception>
    /// <exception cref="InvalidDataException">The format does not allow so many pixels.</exception>
    public static void Write(string path, SKImage image)
    {
        var format = FormatOf(path)
            ?? throw new ArgumentException($"{path} ends in none of {string.Join(", ", Extensions)}.", nameof(path));
        using var encoded = image.Encode(format, format == SKEncodedImageFormat.Png ? 100 : Quality)
            ?? throw new InvalidDataException($"{path}: a picture of {image.Width} × {image.Height} pixels is too large " +
                $"for {Path.GetExtension(path)}. Use .png, or show fewer images.");
        AtomicFile.Write(path, file => encoded.SaveTo(file));
    }
}
