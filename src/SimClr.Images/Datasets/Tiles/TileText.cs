using System.Text.Json;

namespace SimClr.Datasets;

/// <summary>A tile's place as the <c>.json</c> of its record in a shard: <c>{"source":"a.tif","x":0,"y":512}</c>.</summary>
internal static class TileText
{
    private const int Longest = 1 << 16;
    private const string Source = "source", X = "x", Y = "y";

    /// <summary>Encodes it as UTF-8.</summary>
    public static byte[] Of(ImageTile tile)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString(Source, tile.Source);
            json.WriteNumber(X, tile.X);
            json.WriteNumber(Y, tile.Y);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>Reads it from the record of a tar whose image has its entry at this offset; null if the record has none.</summary>
    /// <exception cref="InvalidDataException">The tar is damaged.</exception>
    public static ImageTile? Read(string tar, long entry)
    {
        using var file = File.OpenHandle(tar);
        string? record = null;
        for (long at = entry; TarReading.Next(file, tar, ref at) is { } member;)
        {
            var (key, extension) = ShardScan.Split(member.Name);
            record ??= key;
            if (key is null || key != record) return null;
            if (extension != "json" || member.Length > Longest) continue;
            byte[] text = new byte[member.Length];
            return RandomAccess.Read(file, text, member.Offset) == text.Length ? Parse(text) : null;
        }
        return null;
    }

    private static ImageTile? Parse(byte[] text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty(Source, out var source) && source.ValueKind == JsonValueKind.String
                && json.RootElement.TryGetProperty(X, out var left) && left.TryGetInt32(out int x)
                && json.RootElement.TryGetProperty(Y, out var upper) && upper.TryGetInt32(out int y)
                ? new ImageTile(source.GetString()!, x, y) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // another program's: it says something else
        }
    }
}
