using System.Text.Json.Nodes;
using SimClr.Cli.Output;
using SimClr.Export;

namespace SimClr.Cli.Commands;

/// <summary>The embeddings that were written.</summary>
/// <param name="file">The finished file.</param>
/// <param name="manifest">The manifest of the file.</param>
internal sealed class EmbedOutput(string file, EmbeddingManifest manifest) : CommandOutput
{
    public override JsonObject ToJson() => new()
    {
        ["output"] = file,
        ["weights"] = manifest.Weights,
        ["data"] = manifest.Data,
        ["images"] = manifest.Images,
        ["dimensions"] = manifest.Dimensions,
    };

    protected override void PrintText(Terminal terminal) => terminal.Result($"{file}: {manifest.Images} × {manifest.Dimensions}");
}
