using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Export;

/// <summary>What the rows of a file of embeddings show, if nothing says so: rows with a number, without images and labels.</summary>
/// <param name="name">The name of the file.</param>
/// <param name="count">The number of rows.</param>
internal sealed class NumberedRows(string name, int count) : IImageDataset
{
    public string Name => name;

    public int Count => count;

    public IReadOnlyList<string> Classes => [];

    public int Label(int index) => -1;

    public string Describe(int index) => $"row {index}";

    public DecodedImage Read(int index) => throw new InvalidDataException($"{name} has embeddings alone, without images.");
}
