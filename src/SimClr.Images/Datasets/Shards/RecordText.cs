using System.Text.Json;

namespace SimClr.Datasets;

/// <summary>
/// What a record of a shard says about its image beside the label, as <c>.json</c>: the place of a tile in its picture, and the group, as
/// in <c>{"source":"a.tif","x":0,"y":512,"group":"P-17"}</c>. If one image of the shards has a group, every record has that key.
/// </summary>
/// <param name="Tile">The place in a larger picture; null for no tile.</param>
/// <param name="HasGroup">Whether the key of the group is there.</param>
/// <param name="Group">The group; null if the image has none.</param>
internal sealed record RecordText(ImageTile? Tile, bool HasGroup, string? Group)
{
    private const int Longest = 1 << 16;
    private const string Source = "source", X = "x", Y = "y", GroupKey = "group";

    /// <summary>Encodes it as UTF-8; null if there is nothing to say.</summary>
    public byte[]? ToJson()
    {
        if (Tile is null && !HasGroup) return null;
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (Tile is not null)
            {
                json.WriteString(Source, Tile.Source);
                json.WriteNumber(X, Tile.X);
                json.WriteNumber(Y, Tile.Y);
            }
            if (HasGroup) json.WriteString(GroupKey, Group);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>Reads it from the record of a tar whose image has its entry at this offset; null if the record has none.</summary>
    /// <exception cref="InvalidDataException">The tar is damaged.</exception>
    public static RecordText? Read(string tar, long entry)
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

    /// <summary>
    /// As <see cref="Read"/>, in one read, for a record that <see cref="ShardWriter"/> wrote: its text is in the block behind the image and
    /// its label. Null if there is something else, or the text is longer than a block.
    /// </summary>
    public static RecordText? ReadNext(PooledFile tar, in ShardRecord record)
    {
        Span<byte> blocks = stackalloc byte[2 * TarReading.Block];
        long at = record.Offset + TarReading.Padded(record.Length) + (record.Label >= 0 ? 2 * TarReading.Block : 0);
        return tar.Read(blocks, at) == blocks.Length && blocks.Slice(257, 5).SequenceEqual("ustar"u8)
            && TarReading.Number(blocks.Slice(124, 12)) is > 0 and <= TarReading.Block and var size
            && TarAttributes.NameIn(blocks).EndsWith(".json", StringComparison.Ordinal)
            ? Parse(blocks.Slice(TarReading.Block, (int)size).ToArray()) : null;
    }

    private static RecordText? Parse(byte[] text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return null;
            var tile = json.RootElement.TryGetProperty(Source, out var source) && source.ValueKind == JsonValueKind.String
                && json.RootElement.TryGetProperty(X, out var left) && left.TryGetInt32(out int x)
                && json.RootElement.TryGetProperty(Y, out var upper) && upper.TryGetInt32(out int y)
                ? new ImageTile(source.GetString()!, x, y) : null;
            // Other programs may mean something else by a group, beside what else they say.
            bool hasGroup = json.RootElement.TryGetProperty(GroupKey, out var group)
                && group.ValueKind is JsonValueKind.String or JsonValueKind.Null
                && json.RootElement.EnumerateObject().All(property => property.Name is Source or X or Y or GroupKey);
            return new(tile, hasGroup, hasGroup ? group.GetString() : null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // another program's: it says something else
        }
    }
}
