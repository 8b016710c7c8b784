using SimClr.Datasets;
using SimClr.Images;
using SimClr.Views;

namespace SimClr.Tests.Datasets;

/// <summary>
/// Images of one gray tone, equal to their index (at most 255), so that a crop identifies its image. The label is the index modulo 4. Some
/// are damaged.
/// </summary>
internal sealed class TonedImages(int count, params int[] damaged) : IImageDataset
{
    /// <summary>A view policy that changes no colour.</summary>
    public static ViewPolicy Crops { get; } = new() { JitterProbability = 0, GrayscaleProbability = 0, BlurProbability = 0 };

    public string Name => "tones";

    public int Count => count;

    public IReadOnlyList<string> Classes { get; } = ["0", "1", "2", "3"];

    public int Label(int index) => index % 4;

    public string Describe(int index) => $"tone {index}";

    public DecodedImage Read(int index)
    {
        if (damaged.Contains(index)) throw new InvalidDataException($"{Describe(index)} is damaged");
        byte[] pixels = new byte[16 * 16 * 3];
        Array.Fill(pixels, (byte)index);
        return new DecodedImage(pixels, 16, 16);
    }
}
