using System.Text.Json;
using TorchSharp;

namespace SimClr.Tests;

internal static partial class Golden
{
    /// <summary>A nested list as a float64 tensor.</summary>
    public static torch.Tensor Tensor(this JsonElement c, string name)
    {
        var shape = new List<long>();
        for (var level = c.GetProperty(name); level.ValueKind == JsonValueKind.Array; level = level[0]) shape.Add(level.GetArrayLength());
        return torch.tensor(Flatten(c.GetProperty(name)).ToArray(), shape.ToArray());
    }

    public static double MaxDifference(torch.Tensor a, torch.Tensor b)
    {
        using var difference = (a.to(torch.float64) - b.to(torch.float64)).abs().max();
        return difference.item<double>();
    }
}
