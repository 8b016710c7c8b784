using SimClr.Images;

namespace SimClr.Fuzz.Corpus;

/// <summary>One image decoded by SimClr and by Pillow.</summary>
/// <param name="File">The image's path.</param>
/// <param name="Largest">The largest difference of a value, in [0, 255]; 0 if all are equal.</param>
/// <param name="Problem">A different size, or that only one of the two reads the image; null if both read it.</param>
internal sealed record Comparison(string File, int Largest, string? Problem)
{
    /// <summary>Compares all images below a folder, in path order.</summary>
    public static IEnumerable<Comparison> Of(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => ImageDecoder.Extensions.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal)];
        return files.Zip(Pillow.Decode(files), Compare);
    }

    private static Comparison Compare(string file, (int Width, int Height, byte[] Pixels)? pillow)
    {
        try
        {
            var image = ImageDecoder.Read(file);
            if (pillow is not { } theirs) return new(file, 0, "Pillow does not read it");
            if ((image.Width, image.Height) != (theirs.Width, theirs.Height)) return new(file, 0, $"{image.Width} × {image.Height} pixels, and {theirs.Width} × {theirs.Height} by Pillow");
            int largest = 0;
            var ours = image.Pixels.Span;
            for (int i = 0; i < ours.Length; i++) largest = Math.Max(largest, Math.Abs(ours[i] - theirs.Pixels[i]));
            return new(file, largest, null);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return new(file, 0, pillow is null ? "neither reads it" : $"Pillow reads it: {e.Message}");
        }
    }
}
