using SimClr.Cli.Output;
using SkiaSharp;

namespace SimClr.Cli.Drawing;

/// <summary>The fonts installed on this machine. They are opened one by one while a glyph is searched. Shared and thread-safe.</summary>
internal static class SystemFonts
{
    private static readonly string[] Kinds = [".ttf", ".otf", ".ttc"];
    private static readonly Lock Gate = new();
    private static readonly List<SKTypeface> Opened = [];
    private static readonly IEnumerator<string> Files = InFolders().GetEnumerator();

    /// <summary>A typeface with a glyph for a character; must not be disposed. Null if there is none.</summary>
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

    // This build of Skia does not use fontconfig.
    private static IEnumerable<string> InFolders()
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 8 };
        return HostConsole.Current.FontFolders.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", options))
            .Where(file => Kinds.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            // DejaVuSans comes before DejaVuSans-BoldOblique
            .OrderBy(file => Path.GetFileName(file).Length).ThenBy(file => file, StringComparer.Ordinal);
    }
}
