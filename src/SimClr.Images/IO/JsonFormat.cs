using System.Text.Json;

namespace SimClr.IO;

/// <summary>The version that a JSON file of ours says it has, its integer <c>format</c>. Files of version 0.1 of the program without one are of format 1.</summary>
internal static class JsonFormat
{
    /// <summary>Refuses another format, before what it has in other ways is called damage.</summary>
    /// <param name="json">The file's text, UTF-8.</param>
    /// <param name="known">The format that is read.</param>
    /// <param name="file">What the message calls it.</param>
    /// <exception cref="InvalidDataException">The file says another format.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static void Require(ReadOnlyMemory<byte> json, int known, string file)
    {
        using var document = JsonDocument.Parse(json);
        if (document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("format", out var format)
            && format.ValueKind == JsonValueKind.Number && format.TryGetInt32(out int version) && version != known)
            throw new InvalidDataException($"{file} says format {version}, and this program knows format {known}{(version > known ? ": a newer one wrote it" : "")}");
    }
}
