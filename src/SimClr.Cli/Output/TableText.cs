using SimClr.IO;
using Spectre.Console;

namespace SimClr.Cli.Output;

/// <summary>Texts for the cells of tables.</summary>
internal static class TableText
{
    /// <summary>The text in one printable line (<see cref="Printable"/>), its brackets no markup.</summary>
    public static string Of(string text) => Printable.Of(text).EscapeMarkup();
}
