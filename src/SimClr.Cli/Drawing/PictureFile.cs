using SimClr.IO;
using SkiaSharp;

namespace SimClr.Cli.Drawing;

/// <summary>A picture in a file whose name's end says what is in it.</summary>
internal static class PictureFile
{
    private const int Quality = 92; // of JPEG and WebP, in [0, 100]

    /// <summary>The ends of names that are taken.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".png", ".jpg", ".jpeg", ".webp"];

    /// <summary>What a name says that is in the file; null where its end is none of <see cref="Extensions"/>.</summary>
    public static SKEncodedImageFormat? FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" => SKEncodedImageFormat.Png,
        ".jpg" or ".jpeg" => SKEncodedImageFormat.Jpeg,
        ".webp" => SKEncodedImageFormat.Webp,
        _ => null,
    };

    /// <summary>Writes a picture as its name says, whole or not at all.</summary>
    /// <exception cref="ArgumentException">The name's end is none of <see cref="Extensions"/>.</exception>
    /// <exception cref="InvalidDataException">The format has no room for so many pixels.</exception>
    public static void Write(string path, SKImage image)
    {
        var format = FormatOf(path) ?? throw new ArgumentException($"{path} ends in none of {string.Join(", ", Extensions)}.", nameof(path));
        using var encoded = image.Encode(format, format == SKEncodedImageFormat.Png ? 100 : Quality)
            ?? throw new InvalidDataException($"{path}: a picture of {image.Width} × {image.Height} pixels is too large for {Path.GetExtension(path)}; take .png, or show fewer images.");
        AtomicFile.Write(path, file => encoded.SaveTo(file));
    }
}
