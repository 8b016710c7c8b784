using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Datasets;
using SimClr.IO;

namespace SimClr.Cli.Output;

/// <summary>The result of a command: text for people, one JSON object for programs.</summary>
internal abstract class CommandOutput
{
    /// <summary>Prints one of the two.</summary>
    public void Print(Terminal terminal, bool asJson)
    {
        if (asJson) terminal.Verbatim(ToJson().ToJsonString(JsonText.Indented));
        else PrintText(terminal);
    }

    /// <summary>The JSON object; owned by the caller.</summary>
    public abstract JsonNode ToJson();

    protected abstract void PrintText(Terminal terminal);

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
