using System.Buffers;
using System.Globalization;
using System.Text;

namespace SimClr.Export;

/// <summary>
/// Writes comma-separated values cell by cell: quoting of RFC 4180, UTF-8 without a byte order mark, lines that end in a line feed, and
/// numbers of the invariant culture with enough digits to read the same number back.
/// </summary>
/// <remarks>
/// An apostrophe is added before a text that a spreadsheet would read as a formula (it begins with <c>=</c>, <c>+</c>, <c>-</c>, <c>@</c>,
/// a tab or a line break), as OWASP advises: names are untrusted, and <c>=cmd|…</c> would be executed. A text that begins with apostrophes
/// and then one of these characters gets one more. So a reader restores every text by removing one apostrophe from texts that begin this
/// way. One thread at a time.
/// </remarks>
/// <param name="stream">The output; borrowed.</param>
public sealed class CsvWriter(Stream stream) : IDisposable
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n"), FormulaStart = SearchValues.Create("=+-@\t\r\n");

    private readonly StreamWriter writer = new(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
    private bool begun;

    /// <summary>
    /// Writes a text. It is quoted if it has a comma, a quote, a line break, or a space at either end. It gets an apostrophe if it looks
    /// like a formula.
    /// </summary>
    /// <param name="value">The text.</param>
    public CsvWriter Text(string value)
    {
        Separate();
        if (value.AsSpan().TrimStart('\'') is [var first, ..] && FormulaStart.Contains(first)) value = "'" + value;
        if (value.AsSpan().ContainsAny(Special) || (value.Length > 0 && (value[0] == ' ' || value[^1] == ' ')))
            writer.Write($"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        else writer.Write(value);
        return this;
    }

    /// <summary>Writes an integer.</summary>
    /// <param name="value">The number.</param>
    public CsvWriter Number(long value) => Formatted(value);

    /// <summary>Writes a number; nothing for NaN.</summary>
    /// <param name="value">The number; as many digits as give it back.</param>
    public CsvWriter Number(float value) => float.IsNaN(value) ? Text("") : Formatted(value);

    /// <summary>Writes a number that is stored as float16, with the fewer digits that it needs.</summary>
    /// <param name="value">The number.</param>
    public CsvWriter HalfNumber(Half value) => Half.IsNaN(value) ? Text("") : Formatted(value);

    /// <summary>Writes <c>true</c> or <c>false</c>.</summary>
    /// <param name="value">Whether it is true.</param>
    public CsvWriter Flag(bool value) => Text(value ? "true" : "false");

    /// <summary>Ends the line.</summary>
    public void EndLine()
    {
        writer.Write('\n');
        begun = false;
    }

    private CsvWriter Formatted<T>(T value) where T : ISpanFormattable
    {
        Separate();
        Span<char> text = stackalloc char[32];
        value.TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
        writer.Write(text[..length]);
        return this;
    }

    private void Separate()
    {
        if (begun) writer.Write(',');
        begun = true;
    }

    /// <summary>Writes the rest of the buffer. The stream stays open.</summary>
    public void Dispose() => writer.Dispose();
}
