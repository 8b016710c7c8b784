using System.Text.Json;

namespace SimClr.Loading;

/// <summary>What Hugging Face's <c>datasets</c> wrote about the columns into the metadata of a Parquet file.</summary>
/// <param name="Images">The columns of images.</param>
/// <param name="Labels">The columns of class labels, with the names of the classes.</param>
internal sealed record HuggingFaceFeatures(IReadOnlyList<string> Images, IReadOnlyDictionary<string, IReadOnlyList<string>> Labels)
{
    private const string Key = "huggingface";

    /// <summary>Reads the metadata; nothing is known if there is none, or if it has another form.</summary>
    public static HuggingFaceFeatures Of(IReadOnlyDictionary<string, string> metadata)
    {
        var (images, labels) = (new List<string>(), new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal));
        try
        {
            if (metadata.TryGetValue(Key, out string? text))
            {
                using var json = JsonDocument.Parse(text);
                if (json.RootElement.TryGetProperty("info", out var info) && info.TryGetProperty("features", out var features))
                    Add(features, "", images, labels);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not as Hugging Face writes it: the columns are found by their names and types.
        }
        return new(images, labels);
    }

    private static void Add(JsonElement features, string prefix, List<string> images, Dictionary<string, IReadOnlyList<string>> labels)
    {
        foreach (var feature in features.EnumerateObject().Where(feature => feature.Value.ValueKind == JsonValueKind.Object))
        {
            string name = prefix + feature.Name;
            string? type = feature.Value.TryGetProperty("_type", out var given) && given.ValueKind == JsonValueKind.String
                ? given.GetString() : null;
            if (type == "Image") images.Add(name);
            else if (type == "ClassLabel" && feature.Value.TryGetProperty("names", out var names))
                labels[name] = [.. names.EnumerateArray().Select(element => element.GetString() ?? "")];
            else if (type is null) Add(feature.Value, name + ".", images, labels);
        }
    }
}
