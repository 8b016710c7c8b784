using System.Text.Json;
using System.Text.Json.Serialization;

namespace SimClr.RunFolders;

/// <summary>Texts in JSON: one as a string, as before there could be several; several as an array.</summary>
internal sealed class OneOrSeveral : JsonConverter<IReadOnlyList<string>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return [reader.GetString()!];
        var texts = new List<string>();
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("a text, or a list of texts, is expected");
        while (reader.Read() && reader.TokenType == JsonTokenType.String) texts.Add(reader.GetString()!);
        return reader.TokenType == JsonTokenType.EndArray && texts.Count > 0 ? texts
            : throw new JsonException("a text, or a list of texts, is expected");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        if (value is [var only])
        {
            writer.WriteStringValue(only);
            return;
        }
        writer.WriteStartArray();
        foreach (string text in value) writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
