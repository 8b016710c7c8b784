using System.Text.Json;
using TorchSharp;

namespace SimClr.Tests;

/// <summary>Values computed with stock PyTorch, torchvision and scikit-learn, from the Goldens folder beside a test.</summary>
internal static class Golden
{
    public static IReadOnlyList<JsonElement> Cases(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, file)));
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(c => c.Clone())];
    }

    public static double Number(this JsonElement c, string name) => c.GetProperty(name).GetDouble();

    /// <summary>A nested list as a float64 tensor.</summary>
    public static torch.Tensor Tensor(this JsonElement c, string name)
    {
        var shape = new List<long>();
        for (var level = c.GetProperty(name); level.ValueKind == JsonValueKind.Array; level = level[0]) shape.Add(level.GetArrayLength());
        return torch.tensor(Flatten(c.GetProperty(name)).ToArray(), shape.ToArray());
    }

    public static IEnumerable<double> Flatten(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().SelectMany(Flatten) : [list.GetDouble()];

    public static double MaxDifference(torch.Tensor a, torch.Tensor b)
    {
        using var difference = (a.to(torch.float64) - b.to(torch.float64)).abs().max();
        return difference.item<double>();
    }
}
