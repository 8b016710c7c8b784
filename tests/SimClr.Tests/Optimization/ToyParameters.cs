using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace SimClr.Tests.Optimization;

/// <summary>A few named parameters with random values, whose gradients are set by hand.</summary>
internal sealed class ToyParameters : IDisposable
{
    private readonly Random random;
    private readonly ScalarType dtype;

    public ToyParameters(int seed, ScalarType dtype, params long[][] shapes)
    {
        (random, this.dtype) = (new Random(seed), dtype);
        Named = [.. shapes.Select((shape, i) => ($"layer{i}.weight", new Parameter(Draw(shape))))];
    }

    public List<(string Name, Parameter Parameter)> Named { get; }

    public Parameter this[int i] => Named[i].Parameter;

    /// <summary>Gives every parameter a new gradient and returns all gradients in one flat array.</summary>
    public double[][] DrawGradients() => [.. Named.Select(n =>
    {
        using var gradient = Draw(n.Parameter.shape);
        n.Parameter.grad = gradient;
        return Values(gradient);
    })];

    /// <summary>Gives parameter <paramref name="i"/> a gradient with these values.</summary>
    public void SetGradient(int i, params double[] values)
    {
        using var flat = tensor(values, dtype: dtype);
        using var gradient = flat.reshape(this[i].shape);
        this[i].grad = gradient;
    }

    public double[][] Weights() => [.. Named.Select(n => Values(n.Parameter))];

    public byte[][] WeightBytes() => [.. Named.Select(n => n.Parameter.bytes.ToArray())];

    public static double[] Values(Tensor t)
    {
        using var doubles = t.detach().to(ScalarType.Float64);
        return doubles.data<double>().ToArray();
    }

    public void Dispose() => Named.ForEach(n => n.Parameter.Dispose());

    private Tensor Draw(long[] shape)
    {
        long count = shape.Aggregate(1L, (a, b) => a * b);
        using var flat = tensor([.. Enumerable.Range(0, (int)count).Select(_ => 2 * random.NextDouble() - 1)], dtype: dtype);
        return flat.reshape(shape);
    }
}

internal static class Numbers
{
    public static void ShouldBeCloseTo(this double[] actual, double[] expected, double tolerance)
    {
        actual.Length.ShouldBe(expected.Length);
        for (int i = 0; i < actual.Length; i++) actual[i].ShouldBe(expected[i], tolerance * Math.Max(1, Math.Abs(expected[i])), $"element {i}");
    }
}
