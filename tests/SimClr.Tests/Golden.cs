using System.Text.Json;

namespace SimClr.Tests;

/// <summary>Values computed with stock PyTorch, torchvision and scikit-learn, from the Goldens folder beside a test.</summary>
internal static partial class Golden
{
    public static IReadOnlyList<JsonElement> Cases(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, file)));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(c => c.Clone())];
    }

    public static double Number(this JsonElement c, string name) => c.GetProperty(name).GetDouble();

    public static IEnumerable<double> Flatten(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().SelectMany(Flatten) : [list.GetDouble()];
}
