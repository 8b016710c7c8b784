using SimClr.Datasets;
using SimClr.Images;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Pretraining;

/// <summary>The views that pretraining makes of one image, as pictures to look at.</summary>
/// <param name="Caption">The image's class, or <c>image N</c>.</param>
/// <param name="Original">The image, reduced where it is very large (<see cref="ViewPicture.Reduce"/>).</param>
/// <param name="Pairs">Its views before normalization, epoch by epoch from the first.</param>
/// <param name="SmallCrops">Its small crops of the first epoch; empty where the run makes none.</param>
public sealed record ImageViews(
    string Caption, DecodedImage Original, IReadOnlyList<(DecodedImage First, DecodedImage Second)> Pairs, params IReadOnlyList<DecodedImage> SmallCrops)
{
    /// <summary>Draws images by the seed and makes their views, the same as in a run of these options.</summary>
    /// <param name="data">Damaged images are passed over; borrowed.</param>
    /// <param name="options">Complete (<see cref="PretrainOptions.For"/>).</param>
    /// <param name="images">Images at most, at least 1.</param>
    /// <param name="pairs">Pairs of views of each image: epochs 0, 1, …</param>
    /// <param name="augmentations">The run's own ones, borrowed. Null: none.</param>
    /// <exception cref="InvalidDataException">No image can be read.</exception>
    public static IReadOnlyList<ImageViews> Of(IImageDataset data, PretrainOptions options, int images, int pairs, IReadOnlyList<IAugmentation>? augmentations = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        data = GrayDataset.For(data, options.Encoder.Channels);
        int[] order = [.. Enumerable.Range(0, data.Count)];
        CounterRandom.For(options.Seed, RandomPurpose.PicturedImages, 0).Draw(order, order.Length);
        // Normalized values are no colours.
        var preprocessing = options.Preprocessing with { Mean = [], StandardDeviation = [] };
        var policy = options.Views;
        int size = options.ImageSize;
        var small = options.SmallCrops.For(size);
        var own = new AugmentationList(augmentations ?? []);
        var renderer = new AugmentedViewRenderer(policy, preprocessing, data.Channels, own);
        var smallRenderer = new AugmentedViewRenderer(policy, small.Preprocessing(preprocessing), data.Channels, own);
        var (rows, buffer) = (new List<ImageViews>(), new DecodeBuffer());
        foreach (int index in order)
        {
            if (rows.Count == images) break;
            try
            {
                var image = data.Read(index, buffer);
                DecodedImage Picture(AugmentedViewRenderer by, ViewPolicy views, int side, int epoch, int view)
                {
                    var random = new CounterRandom(options.Seed, epoch, index, view);
                    float[] planes = new float[data.Channels * side * side];
                    by.Render(image, views.Draw(image.Width, image.Height, side, random), random, planes);
                    return ViewPicture.Of(planes, data.Channels, side);
                }
                DecodedImage View(int epoch, int view) => Picture(renderer, policy, size, epoch, view);
                DecodedImage SmallCrop(int crop) => Picture(smallRenderer, small.Policy(policy), small.ImageSize, 0, 2 + crop);
                string caption = data.Classes.Count > 0 && data.Label(index) is >= 0 and var label ? data.Classes[label] : $"image {index}";
                rows.Add(new ImageViews(
                    caption, ViewPicture.Reduce(image), [.. Enumerable.Range(0, pairs).Select(epoch => (View(epoch, 0), View(epoch, 1)))], [.. Enumerable.Range(0, small.Count).Select(SmallCrop)]));
            }
            catch (InvalidDataException)
            {
                // Training reports it.
            }
        }
        return rows.Count > 0 ? rows : throw new InvalidDataException($"None of the {data.Count} images of {data.Name} can be read.");
    }
}
