using SkiaSharp;

namespace SimClr.Cli.Drawing;

/// <summary>The fonts that are installed on this machine, opened one after the other while a character is looked for. Shared and thread-safe.</summary>
internal static class SystemFonts
{
    private static readonly string[] Kinds = [".ttf", ".otf", ".ttc"];
    private static readonly Lock Gate = new();
    private static readonly List<SKTypeface> Opened = [];
    private static readonly IEnumerator<string> Files = InFolders().GetEnumerator();

    /// <summary>A typeface that has a glyph for a character, not to be disposed; null where none has.</summary>
    public static SKTypeface? With(int character)
    {
        lock (Gate)
        {
            if (Opened.Find(typeface => typeface.ContainsGlyph(character)) is { } known) return known;
            while (Files.MoveNext())
            {
                if (SKTypeface.FromFile(Files.Current) is not { } typeface) continue;
                Opened.Add(typeface);
                if (typeface.ContainsGlyph(character)) return typeface;
            }
            return null;
        }
    }

    // This build of Skia knows no fontconfig; these are the folders that it looks in by default.
    private static IEnumerable<string> InFolders()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string[] folders = ["/usr/share/fonts", "/usr/local/share/fonts", .. home.Length > 0 ? [Path.Combine(home, ".fonts"), Path.Combine(home, ".local", "share", "fonts")] : Array.Empty<string>()];
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 8 };
        return folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*", options))
            .Where(file => Kinds.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .OrderBy(file => Path.GetFileName(file).Length).ThenBy(file => file, StringComparer.Ordinal); // DejaVuSans before DejaVuSans-BoldOblique
    }
}
