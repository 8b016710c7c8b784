using SimClr.Images;
using SimClr.Rendering;
using SimClr.Views;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Loading;

/// <summary>
/// The views of a batch before rendering: their parameters and, unless all images are on the device, their decoded images.
/// </summary>
/// <param name="renderer">Renders the views.</param>
/// <param name="smallRenderer">Renders the small crops; null without any.</param>
/// <param name="viewsPerImage">V.</param>
/// <param name="smallCrops">n, the small crops per image.</param>
/// <param name="device">The device that renders.</param>
/// <param name="resident">All images on that device; borrowed. Null: <see cref="Keep"/> receives the images of the batch.</param>
/// <param name="count">N.</param>
/// <param name="ofGroups">Whether the views of a pair may show two images.</param>
internal sealed class DeferredViews(TensorViewRenderer renderer, TensorViewRenderer? smallRenderer, int viewsPerImage, int smallCrops,
    Device device, DeviceImages? resident, int count, bool ofGroups) : IDisposable
{
    private readonly ViewParameters[] views = new ViewParameters[(viewsPerImage + smallCrops) * count];
    private readonly int[] which = new int[(viewsPerImage + smallCrops) * count];
    private readonly float[] numbers = new float[(viewsPerImage + smallCrops) * count * renderer.Augmentations.Numbers];
    private readonly DecodedImage[] images = resident is null ? new DecodedImage[ofGroups ? 2 * count : count] : [];
    private PackedImages? packed;

    /// <summary>Keeps a copy of a decoded image. Several threads may fill different positions at once.</summary>
    /// <param name="position">The position in the batch.</param>
    /// <param name="image">Copied.</param>
    /// <param name="second">Whether it is the second image of its pair.</param>
    /// <returns>The image's number within the batch.</returns>
    public int Keep(int position, DecodedImage image, bool second = false)
    {
        int number = second ? count + position : position;
        images[number] = image with { Bytes = image.Bytes.ToArray() };
        return number;
    }

    /// <summary>Keeps the parameters of a view.</summary>
    /// <param name="position">The position of its image in the batch.</param>
    /// <param name="view">Below V a view; from V on a small crop.</param>
    /// <param name="image">The image's number in the data set, or within the batch.</param>
    /// <param name="parameters">The parameters.</param>
    public void Set(int position, int view, int image, ViewParameters parameters)
    {
        views[position + view * count] = parameters;
        which[position + view * count] = image;
    }

    /// <summary>The numbers of a view's augmentations, to be written. The parameters are as for <see cref="Set"/>.</summary>
    public Span<float> Numbers(int position, int view) =>
        numbers.AsSpan((position + view * count) * renderer.Augmentations.Numbers, renderer.Augmentations.Numbers);

    /// <summary>Packs the kept images into one tensor, in pinned memory if they go to a GPU, and releases them.</summary>
    public void Pack()
    {
        if (resident is not null) return;
        packed = PackedImages.Of(ofGroups ? WithoutGaps() : images, renderer.Preprocessing);
        Array.Clear(images);
        if (device.type != DeviceType.CUDA) return;
        using var pageable = packed;
        packed = packed with { Pixels = pageable.Pixels.pin_memory() };
    }

    // A pair of the same image twice has no second image.
    private List<DecodedImage> WithoutGaps()
    {
        var (there, numbers) = (new List<DecodedImage>(), new int[images.Length]);
        for (int number = 0; number < images.Length; number++)
        {
            numbers[number] = there.Count;
            if (images[number].Width > 0) there.Add(images[number]);
        }
        for (int view = 0; view < which.Length; view++) which[view] = numbers[which[view]];
        return there;
    }

    /// <summary>
    /// Renders (VN, 3, S, S) and, if there are small crops, (nN, 3, s, s) float32 on the device, in no dispose scope; owned by the caller.
    /// The packed images are freed.
    /// </summary>
    public (Tensor Views, Tensor? SmallCrops) Render()
    {
        if (resident is not null) return Render(resident.Images);
        using var host = packed!;
        using var there = host with { Pixels = host.Pixels.to(device, non_blocking: true) };
        return Render(there);
    }

    private (Tensor, Tensor?) Render(PackedImages from)
    {
        int whole = viewsPerImage * count, each = renderer.Augmentations.Numbers;
        return (renderer.Render(from, which.AsSpan(0, whole), views.AsSpan(0, whole), numbers.AsSpan(0, whole * each))
            .DetachFromDisposeScope(),
            smallRenderer?.Render(from, which.AsSpan(whole), views.AsSpan(whole), numbers.AsSpan(whole * each)).DetachFromDisposeScope());
    }

    public void Dispose() => packed?.Dispose();
}
