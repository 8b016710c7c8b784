using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// A table that names images, and says one thing about each: its group or its class. It is comma-separated (<see cref="CsvReader"/>) and
/// has a header. The images are named in the column <c>file</c> (as <c>simclr embed</c> writes it), else in the first one that is not asked
/// for.
/// </summary>
internal static class ImageTable
{
    private const string Files = "file";

    /// <summary>A row of a table, without the other columns.</summary>
    /// <param name="Line">The line that it begins on, from 1.</param>
    /// <param name="Image">The name of the image, as written.</param>
    /// <param name="Values">What the columns say, in the order in which they are asked for; each may be empty.</param>
    public readonly record struct Row(int Line, string Image, string[] Values);

    /// <summary>Parses <c>FILE.csv:COLUMN</c> or <c>FILE.tsv:COLUMN</c>; null if the text has another form.</summary>
    public static (string File, string Column)? Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && colon < text.Length - 1 && IsTable(text[..colon]) ? (text[..colon], text[(colon + 1)..]) : null;
    }

    /// <summary>Whether a path ends as a table's does.</summary>
    public static bool IsTable(string path) => Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".tsv";

    /// <summary>The rows of a table, at least one. Spaces around a name or a value are removed.</summary>
    /// <exception cref="InvalidDataException">
    /// The column does not exist, or the table is damaged, has no row, or is not UTF-8 where it is used. The message names the line.
    /// </exception>
    /// <exception cref="IOException">The table cannot be read.</exception>
    public static List<Row> Read(string file, params IEnumerable<string> columns)
    {
        using var csv = new CsvReader(file);
        string[] header = csv.Read()?.Select(name => name.Trim()).ToArray()
            ?? throw new InvalidDataException($"{file} is empty: its first line must name its columns.");
        int[] values = [.. columns.Select(column => IndexOf(column, header, file))];
        int files = Array.IndexOf(header, Files) is >= 0 and var named && !values.Contains(named) ? named
            : Enumerable.Range(0, header.Length).Except(values).FirstOrDefault(-1);
        if (files < 0)
            throw new InvalidDataException($"{file} has no column beside {string.Join(" and ", columns)} that could name the images.");
        var rows = new List<Row>();
        while (csv.Read() is { } fields)
        {
            if (fields.Length != header.Length)
                throw new InvalidDataException($"{file}, line {csv.Line}: it has {fields.Length} fields, and the header {header.Length}.");
            var row = new Row(csv.Line, fields[files].Trim(), Array.ConvertAll(values, value => fields[value].Trim()));
            if (row.Values.Append(row.Image).Any(text => text.Contains('\uFFFD')))
                throw new InvalidDataException($"{file}, line {csv.Line}: it is not UTF-8; a spreadsheet calls this format CSV UTF-8.");
            rows.Add(row);
        }
        return rows.Count > 0 ? rows : throw new InvalidDataException($"{file} names no image: it has only a header.");
    }

    private static int IndexOf(string column, string[] header, string file)
    {
        int at = Array.IndexOf(header, column);
        if (at != Array.LastIndexOf(header, column)) throw new InvalidDataException($"{file} has two columns {column}: rename one.");
        return at >= 0 ? at : throw new InvalidDataException(
            $"{file} has no column {column}; it has {Excerpt.Of(string.Join(", ", header))}" +
            $"{(Spelling.Nearest(column, header) is { } nearest ? $"; did you mean {nearest}?" : ".")}");
    }
}
