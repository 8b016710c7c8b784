using System.Numerics;
using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>Finds the values that become 0 and 1 (<see cref="Preprocessing.ValueRange"/>) in a sample of the images.</summary>
/// <remarks>
/// uint8 images use the range of their type, and so do images of uint8 and uint16 together. uint16 images do if 99.8 % of their values span
/// at least half of it. For others, and for floats, the range is from the 0.1th to the 99.9th percentile of the finite values.
/// </remarks>
public static class ValueRangeFinder
{
    private const int First = 16, Sample = 64, Few = 8, ValuesPerImage = 1 << 16;
    private const double Outside = 0.001, Much = 0.5;

    /// <summary>
    /// A preprocessing with the value range and the type of some images. A range that is there already stays; for uint8 images without one
    /// nothing changes.
    /// </summary>
    /// <param name="images">Borrowed. At most 80 are read, always the same ones.</param>
    /// <param name="preprocessing">The preprocessing.</param>
    /// <exception cref="InvalidDataException">
    /// The range is not for the images' type, or there is none and some images are floats and others are not.
    /// </exception>
    public static Preprocessing Complete(IImageDataset images, Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(preprocessing);
        if (preprocessing is { ValueType: not null, ValueRange.Count: 0 }) return preprocessing;
        images = ChosenChannels.Of(images, preprocessing.Decoding);
        var types = Read(images, First).Select(image => (image.Index, image.Image.Type)).DistinctBy(image => image.Type).ToList();
        if (preprocessing.ValueRange.Count > 0)
        {
            foreach (var (_, found) in types) _ = preprocessing.RangeOf(found);
            return preprocessing with { ValueType = preprocessing.ValueType ?? (types is [var (_, only)] ? only : null) };
        }
        if (types.Count > 1 && types.Exists(image => image.Type == PixelType.Float32))
            throw new InvalidDataException($"The images of {images.Name} have values of different types, {types[0].Type} " +
                $"in {images.Describe(types[0].Index)} and {types[1].Type} in {images.Describe(types[1].Index)}: " +
                $"--value-range LOW,HIGH says what 0 and 1 are.");
        return types is [var (_, type)] && type != PixelType.UInt8
            ? preprocessing with { ValueRange = Of(images, type), ValueType = type } : preprocessing;
    }

    /// <summary>Refuses images of another type than the value range is for. A single one among others is damaged, and is named.</summary>
    /// <param name="images">Borrowed. At most eight are read.</param>
    /// <param name="preprocessing">That of an encoder.</param>
    /// <exception cref="InvalidDataException">All of them are of another type; the message names one.</exception>
    internal static void Require(IImageDataset images, Preprocessing preprocessing)
    {
        if (preprocessing.ValueRange.Count == 0) return;
        InvalidDataException? refusal = null;
        foreach (var (index, image) in Read(images, Few))
        {
            try
            {
                _ = preprocessing.RangeOf(image.Type);
                return;
            }
            catch (InvalidDataException e)
            {
                refusal ??= new($"{images.Describe(index)}: {e.Message}", e);
            }
        }
        if (refusal is not null) throw refusal;
    }

    private static double[] Of(IImageDataset images, PixelType type)
    {
        var values = new List<float>();
        foreach (var (_, image) in Read(images, Sample)) Collect(image, values);
        values.Sort();
        double low = values.Count > 0 ? Percentile(values, Outside) : 0, high = values.Count > 0 ? Percentile(values, 1 - Outside) : 1;
        if (type == PixelType.UInt16 && high - low >= Much * ushort.MaxValue) return [];
        if (type == PixelType.UInt16) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        if (high > low) return [low, high];
        low = type == PixelType.UInt16 ? Math.Min(low, ushort.MaxValue - 1) : low; // all values are the same
        return [low, type == PixelType.UInt16 ? low + 1 : low + Math.Max(1, Math.Abs(low))];
    }

    private static void Collect(DecodedImage image, List<float> values)
    {
        int count = image.Bytes.Length / image.BytesPerValue;
        int step = Math.Max(1, count / ValuesPerImage);
        while (BigInteger.GreatestCommonDivisor(step, image.Channels) > 1) step++; // every channel has its turn
        for (int i = 0; i < count; i += step)
        {
            float value = image.Type switch
            {
                PixelType.UInt8 => image.Values<byte>()[i],
                PixelType.UInt16 => image.Values<ushort>()[i],
                _ => image.Values<float>()[i],
            };
            if (float.IsFinite(value)) values.Add(value);
        }
    }

    private static double Percentile(List<float> sorted, double share)
    {
        double at = share * (sorted.Count - 1);
        int below = (int)at, above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + (at - below) * ((double)sorted[above] - sorted[below]);
    }

    // Evenly spaced images. A damaged one is left out: the loader reports it.
    private static IEnumerable<(int Index, DecodedImage Image)> Read(IImageDataset images, int most)
    {
        int count = Math.Min(most, images.Count);
        var buffer = new DecodeBuffer();
        for (int i = 0; i < count; i++)
        {
            int index = (int)((long)i * images.Count / count);
            DecodedImage image;
            try
            {
                image = images.Read(index, buffer);
            }
            catch (InvalidDataException)
            {
                continue;
            }
            yield return (index, image);
        }
    }
}
