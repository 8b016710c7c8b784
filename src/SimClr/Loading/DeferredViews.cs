using SimClr.Images;
using SimClr.Rendering;
using SimClr.Views;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Loading;

/// <summary>The views of a batch before they are rendered: what was drawn for them and, unless all images are on the device, their decoded images.</summary>
/// <param name="renderer">Renders the views.</param>
/// <param name="smallRenderer">Renders the small crops; null without any.</param>
/// <param name="viewsPerImage">V.</param>
/// <param name="smallCrops">n, small crops of an image.</param>
/// <param name="device">Where.</param>
/// <param name="resident">All images, on that device; borrowed. Null: <see cref="Keep"/> is given the batch's.</param>
/// <param name="count">N.</param>
internal sealed class DeferredViews(TensorViewRenderer renderer, TensorViewRenderer? smallRenderer, int viewsPerImage, int smallCrops, Device device, DeviceImages? resident, int count) : IDisposable
{
    private readonly ViewParameters[] views = new ViewParameters[(viewsPerImage + smallCrops) * count];
    private readonly int[] which = new int[(viewsPerImage + smallCrops) * count];
    private readonly DecodedImage[] images = resident is null ? new DecodedImage[count] : [];
    private PackedImages? packed;

    /// <summary>Keeps a copy of the decoded image at a position. Positions may be filled by several threads at once, each by one.</summary>
    public void Keep(int position, DecodedImage image) => images[position] = image with { Bytes = image.Bytes.ToArray() };

    /// <summary>Keeps what was drawn for a view.</summary>
    /// <param name="position">Of its image in the batch.</param>
    /// <param name="view">Below V a view, from V on the small crops.</param>
    /// <param name="image">The image's number among all, or among the batch's.</param>
    /// <param name="parameters">What was drawn.</param>
    public void Set(int position, int view, int image, ViewParameters parameters)
    {
        views[position + view * count] = parameters;
        which[position + view * count] = image;
    }

    /// <summary>Puts the kept images one after the other, in pinned memory where they go to a GPU; then they are forgotten.</summary>
    public void Pack()
    {
        if (resident is not null) return;
        packed = PackedImages.Of(images);
        Array.Clear(images);
        if (device.type != DeviceType.CUDA) return;
        using var pageable = packed;
        packed = packed with { Pixels = pageable.Pixels.pin_memory() };
    }

    /// <summary>Renders them: (VN, 3, S, S) and, where there are any, (nN, 3, s, s) float32 on the device, outside every scope; the caller's. The packed images are freed.</summary>
    public (Tensor Views, Tensor? SmallCrops) Render()
    {
        if (resident is not null) return Render(resident.Images);
        using var host = packed!;
        using var there = host with { Pixels = host.Pixels.to(device, non_blocking: true) };
        return Render(there);
    }

    private (Tensor, Tensor?) Render(PackedImages from)
    {
        int whole = viewsPerImage * count;
        return (renderer.Render(from, which.AsSpan(0, whole), views.AsSpan(0, whole)).DetachFromDisposeScope(),
            smallRenderer?.Render(from, which.AsSpan(whole), views.AsSpan(whole)).DetachFromDisposeScope());
    }

    public void Dispose() => packed?.Dispose();
}
