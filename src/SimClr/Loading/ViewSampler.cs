using SimClr.Datasets;
using SimClr.Images;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Loading;

/// <summary>Reads images, and renders the views and small crops of each. Reuses its memory: one per thread.</summary>
internal sealed class ViewSampler
{
    /// <summary>A reduced image is used only if this many of its pixels lie beneath every pixel of a view, in each direction.</summary>
    private const int LeastReduction = 2;

    private readonly IImageDataset data;
    private readonly ViewPolicy policy, smallPolicy;
    private readonly int imageSize, viewsPerImage;
    private readonly long seed;
    private readonly SmallCropOptions smallCrops;
    private readonly AugmentationList augmentations;
    private readonly AugmentedViewRenderer renderer;
    private readonly AugmentedViewRenderer? smallRenderer;
    private readonly DecodeBuffer buffer;
    private readonly DecodedImageCache kept;
    private readonly ViewParameters[] views;
    private int epoch, index, width, height; // W and H that the views were drawn for; 0 at first

    public ViewSampler(IImageDataset data, ViewPolicy policy, Preprocessing preprocessing, int viewsPerImage, SmallCropOptions smallCrops,
        long seed, bool reducedDecoding, DecodedImageCache kept, AugmentationList? own = null)
    {
        augmentations = own ?? AugmentationList.None;
        (this.data, this.policy, this.imageSize, this.smallCrops, this.seed, this.kept) =
            (data, policy, preprocessing.ImageSize, smallCrops, seed, kept);
        this.viewsPerImage = viewsPerImage;
        views = new ViewParameters[viewsPerImage + smallCrops.Count];
        smallPolicy = smallCrops.Policy(policy);
        smallRenderer = smallCrops.Count == 0 ? null
            : new AugmentedViewRenderer(smallPolicy, smallCrops.Preprocessing(preprocessing), data.Channels, augmentations);
        renderer = new AugmentedViewRenderer(policy, preprocessing, data.Channels, augmentations);
        buffer = new DecodeBuffer { Reduction = reducedDecoding ? Reduction : null };
    }

    /// <summary>Reads an image and draws its views.</summary>
    /// <param name="index">The image.</param>
    /// <param name="epoch">The epoch of the views.</param>
    /// <param name="comesAgain">Whether it is needed once more soon.</param>
    /// <returns>The image; valid until the next one is read.</returns>
    /// <exception cref="InvalidDataException">The image is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public DecodedImage Read(int index, int epoch, bool comesAgain)
    {
        (this.index, this.epoch, width) = (index, epoch, 0);
        if (kept.Take(index) is { } known)
        {
            Draw(known.Width, known.Height);
            return known.Image;
        }
        var image = data.ReadWhole(index, buffer);
        if (width == 0) Draw(image.Width, image.Height);
        if (comesAgain) kept.Keep(index, new(image, width, height));
        return image;
    }

    /// <summary>Reads an image only to know whether it can be read.</summary>
    /// <exception cref="InvalidDataException">The image is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Try(int index)
    {
        this.index = index;
        data.ReadWhole(index, buffer);
    }

    /// <summary>Draws the views of an image that was decoded elsewhere. Reads nothing.</summary>
    /// <param name="index">The image.</param>
    /// <param name="epoch">The epoch of the views.</param>
    /// <param name="width">W of the image.</param>
    /// <param name="height">H of the image.</param>
    /// <returns>One element per view; valid until the next ones are drawn.</returns>
    public ReadOnlySpan<ViewParameters> Draw(int index, int epoch, int width, int height)
    {
        (this.index, this.epoch) = (index, epoch);
        Draw(width, height);
        return views;
    }

    /// <summary>Renders the views of the image that was read last.</summary>
    /// <param name="image">That image.</param>
    /// <param name="view">Below V one of the image's views; from V on a small crop.</param>
    /// <param name="destination">(C, S, S), or (C, s, s) for a small crop; receives the view.</param>
    public void Render(DecodedImage image, int view, Span<float> destination) =>
        (view < viewsPerImage ? renderer : smallRenderer!).Render(image, Parameters(image, view), Random(view), destination);

    /// <summary>The parameters of a view of the image that was read last.</summary>
    /// <param name="image">That image.</param>
    /// <param name="view">As for <see cref="Render"/>.</param>
    public ViewParameters Parameters(DecodedImage image, int view)
    {
        var parameters = views[view];
        int by = (width + image.Width - 1) / image.Width;
        return by == 1 ? parameters : parameters with { Crop = Reduced(parameters.Crop, by, image) };
    }

    /// <summary>Draws the numbers of the augmentations, for a view of the image that was read or drawn last.</summary>
    /// <param name="view">As for <see cref="Render"/>.</param>
    /// <param name="numbers">Receives the numbers.</param>
    public void DrawNumbers(int view, Span<float> numbers) => augmentations.Draw(Random(view), numbers);

    /// <summary>The same crop in an image with reduced sides, rounded to whole pixels.</summary>
    internal static CropBox Reduced(CropBox crop, int by, DecodedImage image)
    {
        int left = Nearest(crop.Left), top = Nearest(crop.Top);
        return new CropBox(left, top,
            Math.Min(Nearest(crop.Left + crop.Width), image.Width) - left, Math.Min(Nearest(crop.Top + crop.Height), image.Height) - top);

        int Nearest(int at) => (at + by / 2) / by;
    }

    private void Draw(int width, int height)
    {
        (this.width, this.height) = (width, height);
        for (int view = 0; view < views.Length; view++) views[view] = Policy(view).Draw(width, height, Side(view), Random(view));
    }

    private CounterRandom Random(int view) => new(seed, epoch, index, view);

    private ViewPolicy Policy(int view) => view < viewsPerImage ? policy : smallPolicy;

    private int Side(int view) => view < viewsPerImage ? imageSize : smallCrops.ImageSize;

    // The largest reduction for which all crops keep enough pixels.
    private int Reduction(int width, int height)
    {
        Draw(width, height);
        int by = 8;
        for (int view = 0; view < views.Length; view++)
        {
            var crop = views[view].Crop;
            while (by > 1 && Math.Min(crop.Width, crop.Height) < LeastReduction * by * Side(view)) by /= 2;
        }
        return by;
    }
}
