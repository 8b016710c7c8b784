using System.Globalization;
using System.Text;

namespace SimClr.IO;

/// <summary>
/// Makes untrusted names (of files, classes, records, tensors) safe to print on a terminal. An escape sequence could rewrite the screen, a
/// line break could forge a line, and a bidirectional mark could reverse the text after it. JSON and CSV have their own escapes and keep
/// names exact.
/// </summary>
public static class Printable
{
    /// <summary>
    /// The text on one line. Control characters become escapes such as <c>\n</c>, <c>\x1b</c> or <c>\u202e</c>; the rest is unchanged.
    /// </summary>
    /// <param name="text">Any text.</param>
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
