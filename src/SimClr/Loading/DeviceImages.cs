using System.Collections.Concurrent;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Rendering;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Loading;

/// <summary>All decoded images of a data set in the memory of a device: a run reads each file once.</summary>
/// <remarks>Immutable after loading: safe to share between threads until it is disposed.</remarks>
public sealed class DeviceImages : IDisposable
{
    private const int Part = 4096, Sample = 64; // images

    private readonly HashSet<int> damaged;

    private DeviceImages(PackedImages images, IReadOnlyCollection<BadImage> badImages) =>
        (Images, BadImages, damaged) = (images, badImages, [.. badImages.Select(bad => bad.Index)]);

    /// <summary>The damaged images, each once. They are not in memory.</summary>
    public IReadOnlyCollection<BadImage> BadImages { get; }

    /// <summary>The images by their index in the data set. A damaged one has no pixels.</summary>
    internal PackedImages Images { get; }

    /// <summary>Whether the image is in memory.</summary>
    internal bool Has(int index) => !damaged.Contains(index);

    /// <summary>Decodes all images and moves them to a device.</summary>
    /// <param name="data">Borrowed.</param>
    /// <param name="device">The target device.</param>
    /// <param name="mostBytes">The largest amount of memory there, in bytes. During loading, twice as much is needed for a moment.</param>
    /// <param name="threads">Threads that decode, at least 1.</param>
    /// <param name="onBadImage">What happens when an image is damaged.</param>
    /// <param name="prepared">Its value range says which values become 0 and 255. Null: the range of each image's type.</param>
    /// <param name="cancellationToken">Cancels between parts.</param>
    /// <returns>
    /// The images, owned by the caller. Null if they need more memory: this is known after a few images, or later if their sizes differ
    /// much.
    /// </returns>
    /// <exception cref="InvalidDataException">
    /// An image is damaged and the policy is to fail; or no image can be read; or more than half are damaged.
    /// </exception>
    /// <exception cref="IOException">An image's file cannot be read.</exception>
    public static DeviceImages? Load(IImageDataset data, Device device, long mostBytes, int threads,
        BadImagePolicy onBadImage = BadImagePolicy.Skip, Preprocessing? prepared = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        var bad = new ConcurrentDictionary<int, BadImage>();
        long few = Enumerable.Range(0, Math.Min(Sample, data.Count))
            .Sum(i => (long)(Read((int)((long)i * data.Count / Math.Min(Sample, data.Count)))?.Bytes.Length ?? 0));
        if (few * data.Count / Math.Min(Sample, data.Count) > mostBytes) return null;

        using var scope = NewDisposeScope();
        var (parts, places, values, bytes) = (new List<Tensor>(), new PackedImages.Place?[data.Count], 0L, 0L);
        for (int start = 0; start < data.Count; start += Part)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var decoded = new DecodedImage?[Math.Min(Part, data.Count - start)];
            int from = start;
            InParallel.For(decoded.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => decoded[i] = Read(from + i));
            int[] good = [.. Enumerable.Range(0, decoded.Length).Where(i => decoded[i] is not null)];
            if (good.Length == 0) continue;
            using var packed = PackedImages.Of([.. good.Select(i => decoded[i]!.Value)], prepared);
            for (int k = 0; k < good.Length; k++)
                places[start + good[k]] = packed.Places[k] with { Offset = values + packed.Places[k].Offset };
            values += packed.Pixels.numel();
            bytes += packed.Pixels.numel() * packed.Pixels.element_size();
            if (bytes > mostBytes) return null;
            parts.Add(DeviceCopy.To(packed.Pixels, device));
        }
        if (parts.Count == 0)
            throw new InvalidDataException(
                $"None of the {data.Count} images of {data.Name} can be read; the first: {bad.Values.MinBy(b => b.Index)?.Reason}");

        BadImage[] damaged = [.. bad.Values.OrderBy(b => b.Index)];
        DamageLimit.Require(data, data.Count, damaged.Length, () => damaged[0]);
        var all =
            new PackedImages(cat(parts).DetachFromDisposeScope(), [.. places.Select(place => place.GetValueOrDefault())], data.Channels);
        return new DeviceImages(all, damaged);

        DecodedImage? Read(int index)
        {
            try
            {
                return data.ReadWhole(index);
            }
            catch (InvalidDataException e) when (onBadImage == BadImagePolicy.Skip)
            {
                bad.TryAdd(index, BadImage.Of(data, index, e));
                return null;
            }
        }
    }

    /// <summary>Frees the images.</summary>
    public void Dispose() => Images.Dispose();
}
