using System.Text;

namespace SimClr.IO;

/// <summary>
/// Reads comma-separated values (RFC 4180), one record at a time. A field in quotes may contain commas, line breaks and doubled quotes. If
/// the first line has no comma, semicolons separate the fields, else tabs: so do spreadsheets where a comma is the decimal mark. The
/// encoding is UTF-8, unless a byte order mark says otherwise. Lines end in LF, CRLF or CR. Empty lines are skipped.
/// </summary>
internal sealed class CsvReader : IDisposable
{
    private const int LongestRecord = 1 << 20; // in characters: an unclosed quote must not load a whole file into memory
    private const int LongestHeader = 1 << 16;

    private readonly string path;
    private readonly StreamReader reader;
    private readonly char separator;
    private int line = 1; // the line of the next character

    /// <summary>Opens a file.</summary>
    /// <exception cref="InvalidDataException">It is a pipe or a device.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public CsvReader(string path)
    {
        var file = RegularFile.OpenRead(path);
        (this.path, separator) = (path, SeparatorOf(file));
        file.Position = 0;
        reader = new StreamReader(file);
    }

    /// <summary>The line on which the last record begins, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The fields of the next record; null at the end.</summary>
    /// <exception cref="InvalidDataException">
    /// A quote is not closed, something follows a closed quote, or the record is longer than a megabyte.
    /// </exception>
    public string[]? Read()
    {
        while (reader.Peek() is '\r' or '\n') EndLine();
        if (reader.Peek() < 0) return null;
        Line = line;
        var (fields, length) = (new List<string>(), 0);
        do fields.Add(Field(ref length));
        while (Skip(separator));
        if (reader.Peek() >= 0) EndLine();
        return [.. fields];
    }

    private static char SeparatorOf(FileStream file)
    {
        using var reader = new StreamReader(file, leaveOpen: true);
        char[] start = new char[LongestHeader];
        var line = start.AsSpan(0, reader.ReadBlock(start)).TrimStart("\r\n");
        if (line.IndexOfAny('\r', '\n') is >= 0 and var end) line = line[..end];
        return line.Contains(',') ? ',' : line.Contains(';') ? ';' : line.Contains('\t') ? '\t' : ',';
    }

    private string Field(ref int length)
    {
        var text = new StringBuilder();
        if (!Skip('"'))
        {
            while (reader.Peek() is >= 0 and not ('\r' or '\n') and var next && next != separator) Take(text, ref length);
            return text.ToString();
        }
        while (true)
        {
            if (reader.Peek() < 0) throw Damaged("a quote is opened and not closed");
            if (reader.Peek() == '\n') line++;
            if (!Skip('"')) Take(text, ref length);
            else if (reader.Peek() == '"') Take(text, ref length);
            else break;
        }
        return reader.Peek() is < 0 or '\r' or '\n' || reader.Peek() == separator ? text.ToString()
            : throw Damaged("something follows a closed quote");
    }

    private void Take(StringBuilder text, ref int length)
    {
        if (++length > LongestRecord) throw Damaged($"the record is longer than {LongestRecord} characters");
        text.Append((char)reader.Read());
    }

    private bool Skip(char what)
    {
        if (reader.Peek() != what) return false;
        reader.Read();
        return true;
    }

    private void EndLine()
    {
        if (!Skip('\r') || reader.Peek() == '\n') Skip('\n');
        line++;
    }

    private InvalidDataException Damaged(string why) => new($"{path}, line {Line}: {why}; it is no table of comma-separated values.");

    /// <summary>Closes the file.</summary>
    public void Dispose() => reader.Dispose();
}
