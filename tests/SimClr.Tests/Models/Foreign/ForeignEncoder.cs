using System.Text.Json;
using System.Text.RegularExpressions;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

/// <summary>A network of another program: its weights by the formula of Goldens/foreign_encoders.py, and its features by PyTorch.</summary>
internal sealed partial class ForeignEncoder
{
    private static readonly Lazy<IReadOnlyList<JsonElement>> Cases = new(() => Golden.Cases(Path.Combine("Models", "Goldens", "foreign_encoders.json")));
    private readonly JsonElement golden;

    public ForeignEncoder(string kind) => golden = Cases.Value.Single(c => c.GetProperty("kind").GetString() == kind);

    /// <summary>Its tensors by its own names, in the caller's dispose scope.</summary>
    public Dictionary<string, Tensor> Weights() => golden.GetProperty("tensors").EnumerateObject()
        .SelectMany(t => Names(t.Name).Select(name => (name, Values(name, [.. t.Value.EnumerateArray().Select(side => side.GetInt64())])))).ToDictionary();

    /// <summary>The first features (2, 24) of <see cref="Images"/>.</summary>
    public Tensor Features(int side) => golden.GetProperty("features").Tensor($"{side}");

    /// <summary>(2, C).</summary>
    public Tensor Logits => golden.Tensor("logits");

    /// <summary>(2, 3, side, side).</summary>
    public static Tensor Images(int side) => Pattern([2, 3, side, side], 0, u => u);

    /// <summary>h (2, D) of the found network, for images of this size.</summary>
    public static Tensor Compute(EncoderWeights found, int side)
    {
        using var _ = no_grad();
        using var generator = new Generator(1, CPU);
        using var network = found.Options.Create(side, generator);
        ModelState.Load(network, found.Options.WeightsFor(side, found.Encoder));
        network.eval();
        return network.call(Images(side));
    }

    // The file has the first of twelve equal blocks. DINOv2's are in four chunks.
    private static IEnumerable<string> Names(string name) => !FirstBlock().IsMatch(name) ? [name]
        : Enumerable.Range(0, 12).Select(n => name.Replace("blocks.0.0.", $"blocks.{n / 3}.{n}.", StringComparison.Ordinal) is var chunked && chunked != name ? chunked
            : name.Replace("blocks.0.", $"blocks.{n}.", StringComparison.Ordinal).Replace("encoder_layer_0.", $"encoder_layer_{n}.", StringComparison.Ordinal)).Distinct();

    [GeneratedRegex(@"^(blocks|encoder\.layers\.encoder)")]
    private static partial Regex FirstBlock();

    private static Tensor Values(string name, long[] shape)
    {
        bool factors = name.Split('.')[^1] is "weight" or "gamma" or "layer_scale" && shape.Count(side => side > 1) == 1;
        bool small = name.EndsWith("bias", StringComparison.Ordinal) || name.Contains("token", StringComparison.Ordinal) || name.Contains("pos", StringComparison.Ordinal);
        double scale = small ? 0.6 : Math.Sqrt(12.0 / shape.Skip(1).Aggregate(1L, (a, b) => a * b));
        return Pattern(shape, name.Sum(c => c), u => factors ? 0.5 + u : scale * (u - 0.5));
    }

    private static Tensor Pattern(long[] shape, long k, Func<double, double> value)
    {
        float[] values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (long i = 0; i < values.Length; i++) values[i] = (float)value((31 * i * i + 7919 * i + 104729 * k) % 2003 / 2003.0);
        return tensor(values, shape);
    }
}
