using System.Globalization;
using System.Text;

namespace SimClr.IO;

/// <summary>
/// Names from elsewhere (of files, classes, records, tensors) as they may stand on a terminal. Raw, an escape sequence in one rewrites what stands there, a line
/// break makes a line of its own, and a bidirectional mark turns round what follows. JSON and CSV have escapes of their own and keep names exact.
/// </summary>
public static class Printable
{
    /// <summary>The text in one line: what a terminal would obey as <c>\n</c>, <c>\x1b</c> or <c>\u202e</c>, and all else as it is.</summary>
    public static string Of(string text)
    {
        if (!text.Any(IsObeyed)) return text;
        var plain = new StringBuilder(text.Length + 16);
        foreach (char c in text)
        {
            if (IsObeyed(c)) plain.Append(Escape(c));
            else plain.Append(c);
        }
        return plain.ToString();
    }

    private static bool IsObeyed(char c) =>
        char.IsControl(c) // C0, DEL and C1
        || c is '\u2028' or '\u2029' // line and paragraph separators
        || c is '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069'); // bidirectional marks

    private static string Escape(char c) => c switch
    {
        '\n' => @"\n",
        '\r' => @"\r",
        '\t' => @"\t",
        _ => (c < 0x100 ? @"\x" : @"\u") + ((int)c).ToString(c < 0x100 ? "x2" : "x4", CultureInfo.InvariantCulture),
    };
}
