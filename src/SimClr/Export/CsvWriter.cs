using System.Buffers;
using System.Globalization;
using System.Text;

namespace SimClr.Export;

/// <summary>
/// Writes comma-separated values cell by cell: RFC 4180's quoting, UTF-8 without a mark, lines that end in a line feed, and
/// numbers of the invariant culture with as many digits as give the same number back.
/// </summary>
/// <remarks>
/// A text that a spreadsheet would take for a formula (it begins with <c>=</c>, <c>+</c>, <c>-</c>, <c>@</c>, a tab or a line break) gets an apostrophe before it, as OWASP
/// advises: names come from elsewhere, and <c>=cmd|…</c> would be run. So does one that begins with apostrophes and then one of these: who takes one apostrophe from
/// every text that begins so has all texts as they were.
/// One thread at a time.
/// </remarks>
/// <param name="stream">Where to; borrowed.</param>
public sealed class CsvWriter(Stream stream) : IDisposable
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n"), FormulaStart = SearchValues.Create("=+-@\t\r\n");

    private readonly StreamWriter writer = new(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
    private bool begun;

    /// <summary>A cell of text, quoted where it has a comma, a quote or a line break, or where a space at its end would be lost; after an apostrophe where it looks like a formula.</summary>
    public CsvWriter Text(string value)
    {
        Separate();
        if (value.AsSpan().TrimStart('\'') is [var first, ..] && FormulaStart.Contains(first)) value = "'" + value;
        if (value.AsSpan().ContainsAny(Special) || (value.Length > 0 && (value[0] == ' ' || value[^1] == ' ')))
            writer.Write($"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        else writer.Write(value);
        return this;
    }

    /// <summary>A cell with a whole number.</summary>
    public CsvWriter Number(long value) => Formatted(value);

    /// <summary>A cell with a number; empty for NaN.</summary>
    public CsvWriter Number(float value) => float.IsNaN(value) ? Text("") : Formatted(value);

    /// <summary>A cell with a number that is stored as float16: fewer digits give it back.</summary>
    public CsvWriter HalfNumber(Half value) => Half.IsNaN(value) ? Text("") : Formatted(value);

    /// <summary>A cell with <c>true</c> or <c>false</c>.</summary>
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

    /// <summary>Writes what is still buffered; leaves the stream open.</summary>
    public void Dispose() => writer.Dispose();
}
