using System.Text.Json;

namespace SimClr.IO;

/// <summary>The version of one of our JSON files: its integer <c>format</c>. Files of version 0.1 have none; they have format 1.</summary>
internal static class JsonFormat
{
    /// <summary>Refuses any other format. Call it first, so that a newer file is not reported as damaged.</summary>
    /// <param name="json">The file's text, UTF-8.</param>
    /// <param name="known">The supported format.</param>
    /// <param name="file">The file's name in the message.</param>
    /// <exception cref="InvalidDataException">The file has another format.</exception>
    /// <exception cref="JsonException">The file is not JSON.</exception>
    public static void Require(ReadOnlyMemory<byte> json, int known, string file)
    {
        using var document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind != JsonValueKind.Object) return;
        try
        {
            if (document.RootElement.TryGetProperty("format", out var format)
                && format.ValueKind == JsonValueKind.Number && format.TryGetInt32(out int version) && version != known)
                throw new InvalidDataException($"{file} says format {version}, and this program knows format {known}" +
                    $"{(version > known ? ": a newer one wrote it" : "")}");
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException(e.Message, e); // a name with half a surrogate pair
        }
    }
}
