using SimClr.IO;
using Spectre.Console;

namespace SimClr.Cli.Output;

/// <summary>Texts for the cells of tables.</summary>
internal static class TableText
{
    /// <summary>The text in one printable line (<see cref="Printable"/>), with its brackets escaped for markup.</summary>
    public static string Of(string text) => Printable.Of(text).EscapeMarkup();
}
