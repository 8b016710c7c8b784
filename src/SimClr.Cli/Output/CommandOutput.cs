using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Datasets;
using SimClr.IO;
using Spectre.Console;

namespace SimClr.Cli.Output;

/// <summary>What a command found: a table for people, one JSON object for programs.</summary>
internal abstract class CommandOutput
{
    /// <summary>Prints the one or the other.</summary>
    public void Print(Terminal terminal, bool asJson)
    {
        if (asJson) terminal.Verbatim(ToJson().ToJsonString(JsonText.Indented));
        else
        {
            terminal.Result(Title);
            terminal.Result(ToTable());
        }
    }

    /// <summary>One line that says what was found.</summary>
    protected abstract string Title { get; }

    protected abstract JsonNode ToJson();

    protected abstract Table ToTable();

    /// <summary>A table whose columns are text, or numbers where a name begins with a point.</summary>
    protected static Table NewTable(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (string column in columns)
            table.AddColumn(column[0] == '.' ? new TableColumn(column[1..]).RightAligned() : new TableColumn(column));
        return table;
    }

    protected static string Cosine(double value) => value.ToString("f4", CultureInfo.InvariantCulture);

    /// <summary>An image as JSON: its number, file, label and class.</summary>
    protected static JsonObject Image(ImageList images, int index) => new()
    {
        ["index"] = index,
        ["file"] = images.FileOf(index),
        ["label"] = images.ClassOf(index) is null ? null : images.Data.Label(index),
        ["class"] = images.ClassOf(index),
    };
}
