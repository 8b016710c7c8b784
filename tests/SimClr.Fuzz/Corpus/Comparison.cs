using SimClr.Images;

namespace SimClr.Fuzz.Corpus;

/// <summary>One image decoded by SimClr and by Pillow.</summary>
/// <param name="File">The image's path.</param>
/// <param name="Largest">The largest difference of a value, in levels (<see cref="PillowImage.Largest"/>); 0 if all are equal.</param>
/// <param name="Verdict">Who reads it.</param>
/// <param name="Reason">The refusal, or the difference of the sizes; null if both read it alike.</param>
internal sealed record Comparison(string File, double Largest, CorpusVerdict Verdict, string? Reason)
{
    /// <summary>Compares all images below a folder, in path order.</summary>
    public static IEnumerable<Comparison> Of(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => ImageDecoder.Extensions.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal)];
        return files.Zip(Pillow.Decode(files), Compare);
    }

    private static Comparison Compare(string file, PillowImage? pillow)
    {
        try
        {
            var image = ImageDecoder.Read(file);
            if (pillow is null) return new(file, 0, CorpusVerdict.OnlyOurs, "Pillow does not read it");
            if ((image.Width, image.Height) != (pillow.Width, pillow.Height))
                return new(file, 0, CorpusVerdict.Different, $"{image.Width} × {image.Height} pixels, and {pillow.Width} × {pillow.Height} by Pillow");
            if (image.Channels != 3) return new(file, 0, CorpusVerdict.MoreChannels, $"{image.Channels} channels of {image.Type}");
            double largest = pillow.Largest(image);
            return new(file, largest, largest <= 1 ? CorpusVerdict.Same : CorpusVerdict.Different, largest <= 1 ? null : $"{largest:g3} levels of {image.Type}");
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return new(file, 0, pillow is null ? CorpusVerdict.Neither : CorpusVerdict.OnlyPillow, e.Message);
        }
    }
}
