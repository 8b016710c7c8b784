using SimClr.Datasets;
using SimClr.Images;
using SimClr.Randomness;

namespace SimClr.Tests.Datasets;

/// <summary>Small random images of several sizes; some can be marked as damaged.</summary>
internal sealed class SyntheticImages(int count, int classes = 4, params int[] damaged) : IImageDataset
{
    public string Name => "synthetic";

    public int Count => count;

    public IReadOnlyList<string> Classes { get; } = [.. Enumerable.Range(0, classes).Select(c => $"class {c}")];

    public int Label(int index) => index % classes;

    public string Describe(int index) => $"synthetic image {index}";

    public DecodedImage Read(int index)
    {
        if (damaged.Contains(index)) throw new InvalidDataException($"{Describe(index)} is damaged");
        int width = 9 + index % 7, height = 8 + index % 5;
        var random = CounterRandom.For(index, 77, 0);
        return new DecodedImage(Enumerable.Range(0, width * height * 3).Select(_ => (byte)random.Below(256)).ToArray(), width, height);
    }
}
