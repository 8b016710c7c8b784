using System.Globalization;
using System.Text;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>Reads a list of image files: a text with a path on each line, and after tabs perhaps a class and a group.</summary>
internal static class ListOfFiles
{
    /// <inheritdoc cref="ListedImagesDataset.Open(string)"/>
    public static List<ListedImage> Read(string list)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(list))!;
        var images = new List<ListedImage>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, line) in Lines(list).Index())
        {
            if (line.Length == 0) continue;
            int number = index + 1;
            InvalidDataException Wrong(string what) => new(string.Create(CultureInfo.InvariantCulture, $"{list}, line {number}: {what}."));
            string[] fields = line.Split('\t');
            if (fields.Length > 3) throw Wrong($"it has {fields.Length} fields; a line has a path, a class and a group, with tabs between");
            if (fields.Any(field => field.Any(char.IsControl))) throw Wrong("it has control characters");
            if (fields.Skip(1).FirstOrDefault(field => field.Trim() != field) is { } padded)
                throw Wrong($"'{padded}' begins or ends with a space");
            if (fields[0].Length == 0) throw Wrong("it names no file");
            var (path, kind) = ListedImage.Find(folder, fields[0]);
            if (kind == EntryKind.Missing) throw Wrong($"{path} does not exist{(images.Count == 0 ? Hint(list) : "")}");
            if (kind == EntryKind.Folder) throw Wrong($"{path} is a folder; a line names one file");
            if (RegularFile.Refusal(kind) is { } what) throw Wrong($"{path} is {what}, not a file");
            if (!lines.TryAdd(path, number)) throw Wrong($"{path} is on line {lines[path]} too");
            images.Add(new(path, Text(fields, 1), Text(fields, 2)));
        }
        return images.Count > 0 ? images : throw new InvalidDataException($"{list} names no image: it has only empty lines.");
    }

    private static string Hint(string list) =>
        ImageTable.IsTable(list) ? $"; for a table, name the column with the classes, as in @{list}:class" : "";

    private static string? Text(string[] fields, int at) => fields.Length > at && fields[at].Length > 0 ? fields[at] : null;

    private static IEnumerable<string> Lines(string list)
    {
        using var reader = new StreamReader(RegularFile.OpenRead(list), new UTF8Encoding(false, throwOnInvalidBytes: true));
        while (true)
        {
            string? line;
            try
            {
                line = reader.ReadLine();
            }
            catch (DecoderFallbackException e)
            {
                throw new InvalidDataException($"{list} is not UTF-8: a list of images is a text file.", e);
            }
            if (line is null) yield break;
            yield return line;
        }
    }
}
