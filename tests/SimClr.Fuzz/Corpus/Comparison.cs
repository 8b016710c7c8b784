using SimClr.Images;

namespace SimClr.Fuzz.Corpus;

/// <summary>One image as this and as Pillow decode it.</summary>
/// <param name="File">Its path.</param>
/// <param name="Largest">The largest difference of a value, in [0, 255]; 0 where all are equal.</param>
/// <param name="Problem">Another size, or that one of the two does not read it; null where both do.</param>
internal sealed record Comparison(string File, int Largest, string? Problem)
{
    /// <summary>Compares all images below a folder, in the order of their paths.</summary>
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
