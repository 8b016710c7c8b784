using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Tests.Datasets;

/// <summary>Images with names, optional labels, and no pixels.</summary>
internal sealed class NamedImages(IReadOnlyList<string> names, params int[] labels) : IImageDataset
{
    public string Name => "named";

    public int Count => names.Count;

    public IReadOnlyList<string> Classes { get; } = [.. Enumerable.Range(0, labels.Length == 0 ? 0 : labels.Max() + 1).Select(c => $"class {c}")];

    public int Label(int index) => labels.Length == 0 ? -1 : labels[index];

    public string Describe(int index) => names[index];

    public DecodedImage Read(int index) => throw new InvalidDataException($"{names[index]} has no pixels");
}
