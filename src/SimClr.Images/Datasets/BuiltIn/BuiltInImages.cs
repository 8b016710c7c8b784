using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// Synthetic images that need no file: twelve patterns that differ in their form alone. Colours, contrast and its sign, period, direction,
/// phase, bending, lighting, noise and clutter do not depend on the class. So pixels and mean colours say almost nothing about the class,
/// but every crop of a period or two does. No pattern is the mirror image, the negative or another scale of another.
/// </summary>
/// <remarks>
/// An image is a function of its part, index and size alone. The same index at another size is the same picture in another resolution. Safe
/// to read from several threads at once.
/// </remarks>
public sealed partial class BuiltInImages : IImageDataset
{
    private readonly DatasetPart part;
    private readonly int size;
    private readonly byte[]?[] images; // each (size, size, 3), filled on demand

    /// <summary>Draws nothing yet: an image is drawn at its first read, in about 0.4 ms at 32 × 32 pixels, and then kept.</summary>
    /// <param name="part">
    /// <see cref="DatasetPart.Test"/> shares no image with the others. <see cref="DatasetPart.Pretraining"/> equals
    /// <see cref="DatasetPart.Train"/>: there are no unlabelled images.
    /// </param>
    /// <param name="count">
    /// The number of images; by default 4,800, and 1,200 in the test part. Classes take turns, so class sizes differ by one at most.
    /// </param>
    /// <param name="size">Both sides, in pixels: from 8 to 1,024.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public BuiltInImages(DatasetPart part, int? count = null, int size = 32)
    {
        Count = count ?? (part == DatasetPart.Test ? 1_200 : 4_800);
        ArgumentOutOfRangeException.ThrowIfLessThan(Count, 1, nameof(count));
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 8);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 1_024);
        this.part = part;
        this.size = size;
        images = new byte[]?[Count];
    }

    /// <inheritdoc/>
    public string Name => $"built-in {(part == DatasetPart.Test ? "test" : "train")}";

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; } = [.. Textures.Select(texture => texture.Name)];

    /// <inheritdoc/>
    public int Label(int index) => Checked(index) % Textures.Length;

    /// <inheritdoc/>
    public string Describe(int index) => $"{Name}, image {Checked(index)}";

    /// <inheritdoc/>
    public DecodedImage Read(int index) => new(images[Checked(index)] ??= Draw(index), size, size);

    // Two threads may draw the same image at once: the results are equal.
    private byte[] Draw(int index)
    {
        byte[] pixels = new byte[size * size * 3];
        Paint(Textures[Label(index)].IsInk, Key(index), size, pixels);
        return pixels;
    }

    private ulong Key(int index) => (part == DatasetPart.Test ? 1UL << 32 : 0) + (ulong)index;

    private int Checked(int index) =>
        index >= 0 && index < Count
            ? index
            : throw new ArgumentOutOfRangeException(nameof(index), index, $"{Name} has images 0 to {Count - 1}.");
}
