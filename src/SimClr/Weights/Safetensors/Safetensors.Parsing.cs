using System.Text.Json;
using System.Text.Unicode;
using SimClr.IO;

namespace SimClr.Weights;

public static partial class Safetensors
{
    private const int MaxAxes = 64, MaxEntries = 100_000; // axes: libtorch's own limit

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    // The file is the `available` bytes from `start` on. The header's JSON begins 8 bytes after `start`.
    private static SafetensorsHeader ParseHeader(byte[] json, long start, long available, string name)
    {
        if (json.Length == 0 || json[0] != '{' || !Utf8.IsValid(json))
            throw new InvalidDataException($"{name} is not a safetensors file: at offset 8 there is no JSON object in UTF-8.");
        var metadata = new Dictionary<string, string>();
        var tensors = new List<SafetensorsEntry>();
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            RequireFew(document.RootElement, "tensors", name);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == MetadataKey) ParseMetadata(property.Value, metadata, name);
                else tensors.Add(ParseEntry(property.Name, property.Value, start + 8 + json.Length, name));
            }
        }
        // InvalidOperationException: an escape of half a surrogate pair.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{name}: the header at offset 8 is not what the safetensors format asks for: {e.Message}", e);
        }
        tensors = [.. tensors.OrderBy(t => t.Offset).ThenBy(t => t.ByteCount)];
        CheckCovering(tensors, start + 8 + json.Length, start + available, name);
        return new SafetensorsHeader(tensors, metadata);
    }

    private static void ParseMetadata(JsonElement value, Dictionary<string, string> metadata, string name)
    {
        if (value.ValueKind == JsonValueKind.Object) RequireFew(value, "texts", name);
        if (value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Any(p => p.Value.ValueKind != JsonValueKind.String))
            throw new InvalidDataException($"{name}: {MetadataKey} must map texts to texts.");
        foreach (var pair in value.EnumerateObject()) metadata.Add(pair.Name, pair.Value.GetString()!);
    }

    private static void RequireFew(JsonElement map, string what, string name)
    {
        if (map.GetPropertyCount() > MaxEntries)
            throw new InvalidDataException($"{name}: its header names {map.GetPropertyCount()} {what}; at most {MaxEntries} are read.");
    }

    private static SafetensorsEntry ParseEntry(string tensor, JsonElement value, long dataStart, string name)
    {
        string called = $"{name}: tensor '{Excerpt.Of(tensor)}'";
        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() != 3 || !value.TryGetProperty("dtype", out var type)
            || !value.TryGetProperty("shape", out var shape) || !value.TryGetProperty("data_offsets", out var offsets))
            throw new InvalidDataException($"{called} must have a dtype, a shape, data_offsets and nothing else.");

        if (type.ValueKind != JsonValueKind.String)
            throw new InvalidDataException($"{called} is of type {Excerpt.Of(type.GetRawText())}; known are {SafetensorsTypes.Names}.");
        if (Numbers(shape) is not { Length: <= MaxAxes } sizes)
            throw new InvalidDataException(
                $"{called} has the shape {Excerpt.Of(shape.GetRawText())}, which is no list of sizes (at most {MaxAxes}).");
        if (Numbers(offsets) is not [var begin, var end] || end < begin || end > long.MaxValue - dataStart)
            throw new InvalidDataException(
                $"{called} has the data_offsets {Excerpt.Of(offsets.GetRawText())} instead of a begin and an end.");

        string typeName = type.GetString()!;
        if (SafetensorsTypes.Rank(typeName) is not (>= 0 and var rank))
            return new SafetensorsEntry(tensor, typeName, null, sizes, dataStart + begin, end - begin);
        var (_, scalarType, elementSize) = SafetensorsTypes.At(rank);
        if (ByteCount(sizes, elementSize) is not { } bytes || bytes != end - begin)
            throw new InvalidDataException($"{called} of type {typeName} and shape {Excerpt.Of(shape.GetRawText())} does not fill " +
                $"the {end - begin} bytes from offset {dataStart + begin} to {dataStart + end}.");
        return new SafetensorsEntry(tensor, typeName, scalarType, sizes, dataStart + begin, bytes);
    }

    // Null for anything but an array of integers that are not negative.
    private static long[]? Numbers(JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array) return null;
        var numbers = new List<long>();
        foreach (var element in array.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out long number) || number < 0) return null;
            numbers.Add(number);
        }
        return [.. numbers];
    }

    // Null on overflow. An empty axis does not hide an overflow of the others, because libtorch's strides would still overflow.
    internal static long? ByteCount(long[] sizes, int elementSize)
    {
        Int128 product = elementSize;
        foreach (long size in sizes)
        {
            product *= Math.Max(size, 1);
            if (product > long.MaxValue) return null;
        }
        return sizes.Contains(0) ? 0 : (long)product;
    }

    private static void CheckCovering(List<SafetensorsEntry> tensors, long dataStart, long fileEnd, string name)
    {
        long covered = dataStart;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset != covered)
                throw new InvalidDataException($"{name}: tensor '{Excerpt.Of(tensor.Name)}' begins at offset {tensor.Offset}, " +
                    $"{(tensor.Offset < covered ? "inside the tensor" : "after a hole behind the data")} that ends at {covered}.");
            covered += tensor.ByteCount;
        }
        if (covered != fileEnd)
            throw new InvalidDataException($"{name}: the tensors end at offset {covered} and the file at {fileEnd}; " +
                $"{(covered > fileEnd ? "it is cut short" : "what follows belongs to no tensor")}.");
    }
}
