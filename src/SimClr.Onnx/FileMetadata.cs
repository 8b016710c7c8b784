using System.Text.Json;
using SimClr.Images;

namespace SimClr.Onnx;

/// <summary>What <c>simclr export</c> writes beside the graph: docs/using.md has the keys.</summary>
/// <param name="Preprocessing">How images are prepared; null if the file does not say it.</param>
/// <param name="Recipe">The options of the training as YAML; null if the file has none.</param>
/// <param name="Classes">The names of the classes; empty without a classifier.</param>
internal sealed record FileMetadata(Preprocessing? Preprocessing, string? Recipe, IReadOnlyList<string> Classes)
{
    /// <summary>Reads the metadata of a file.</summary>
    /// <param name="metadata">Texts by key.</param>
    /// <param name="file">Its name in messages.</param>
    /// <exception cref="InvalidDataException">A text is not what its key says; the message names both.</exception>
    public static FileMetadata Read(IReadOnlyDictionary<string, string> metadata, string file) => new(
        Parse(metadata, file, "preprocessing", PreprocessingOf),
        metadata.GetValueOrDefault("recipe"),
        Parse(metadata, file, "classes", ClassesOf) ?? []);

    private static string[] ClassesOf(JsonElement root) =>
        Items(root, item => item.GetString() ?? throw new FormatException("a name is null"));

    private static Preprocessing PreprocessingOf(JsonElement root)
    {
        string filter = root.GetProperty("filter").GetString() ?? "";
        var preprocessing = new Preprocessing
        {
            ImageSize = root.GetProperty("size").GetInt32(),
            Interpolation = filter.StartsWith("bicubic", StringComparison.Ordinal) ? Interpolation.Bicubic
                : filter.StartsWith("bilinear", StringComparison.Ordinal) ? Interpolation.Bilinear
                : throw new FormatException($"its filter is '{filter}', not bilinear or bicubic"),
            Mean = Items(root.GetProperty("mean"), item => item.GetDouble()),
            StandardDeviation = Items(root.GetProperty("std"), item => item.GetDouble()),
            ValueRange = root.TryGetProperty("value_range", out var range) ? Items(range, item => item.GetDouble()) : [],
            ValueType = root.TryGetProperty("value_type", out var type) ? Named<PixelType>(type) : null,
            Decoding = new DecodeOptions
            {
                Pages = root.TryGetProperty("pages", out var pages) ? Named<ImagePages>(pages) : ImagePages.First,
                Channels = root.TryGetProperty("chosen_channels", out var chosen) ? Items(chosen, item => item.GetInt32()) : [],
            },
        };
        preprocessing.Validate();
        return preprocessing;
    }

    private static T Named<T>(JsonElement name) where T : struct, Enum =>
        Enum.GetNames<T>().FirstOrDefault(known => known.Equals(name.GetString(), StringComparison.OrdinalIgnoreCase)) is { } found
            ? Enum.Parse<T>(found) : throw new FormatException($"'{name}' is none of {string.Join(", ", Enum.GetNames<T>())}");

    private static T[] Items<T>(JsonElement array, Func<JsonElement, T> value) => [.. array.EnumerateArray().Select(value)];

    private static T? Parse<T>(IReadOnlyDictionary<string, string> metadata, string file, string key, Func<JsonElement, T> read)
        where T : class
    {
        if (!metadata.TryGetValue(key, out var text)) return null;
        try
        {
            using var json = JsonDocument.Parse(text);
            return read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException
            or KeyNotFoundException or ArgumentException)
        {
            throw new InvalidDataException($"{file}: its metadata '{key}' cannot be used: {Refusal.Sentence(e)}", e);
        }
    }
}
