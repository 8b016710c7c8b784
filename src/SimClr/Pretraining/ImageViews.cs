using SimClr.Datasets;
using SimClr.Images;
using SimClr.Loading;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Pretraining;

/// <summary>The views that pretraining makes of one image, or of two images of a group, as pictures to look at.</summary>
/// <param name="Caption">The image's class, or <c>image N</c>; of a group its name and the epoch.</param>
/// <param name="Original">The image, or the first of the two, reduced where it is very large (<see cref="ViewPicture.Reduce"/>).</param>
/// <param name="Pairs">Its views before normalization, epoch by epoch from the first; of a group those of one epoch.</param>
/// <param name="SmallCrops">Its small crops of the first epoch, or of the group's epoch; empty where the run makes none.</param>
public sealed record ImageViews(
    string Caption, DecodedImage Original, IReadOnlyList<(DecodedImage First, DecodedImage Second)> Pairs, params IReadOnlyList<DecodedImage> SmallCrops)
{
    /// <summary>The image of the second views, where pairs are of groups: of a group of one image that image again. Null where they are of <see cref="Original"/>.</summary>
    public DecodedImage? SecondOriginal { get; init; }

    /// <summary>Draws images, or groups, by the seed and makes their views, the same as in a run of these options.</summary>
    /// <param name="data">Damaged images are passed over; borrowed.</param>
    /// <param name="options">Complete (<see cref="PretrainOptions.For"/>).</param>
    /// <param name="images">Images, or groups, at most, at least 1.</param>
    /// <param name="pairs">Pairs of views of each image: epochs 0, 1, … A group has another pair of images in each: as many records.</param>
    /// <param name="groups">The groups of the run's pairs; null (the default): both views are of one image.</param>
    /// <param name="augmentations">The run's own ones, borrowed. Null: none.</param>
    /// <exception cref="InvalidDataException">No image can be read.</exception>
    public static IReadOnlyList<ImageViews> Of(IImageDataset data, PretrainOptions options, int images, int pairs, ImageGroups? groups = null, IReadOnlyList<IAugmentation>? augmentations = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        int[] order = [.. Enumerable.Range(0, groups?.Count ?? data.Count)];
        CounterRandom.For(options.Seed, RandomPurpose.PicturedImages, 0).Draw(order, order.Length);
        var pictures = new ViewPictures(data, options, augmentations ?? []);
        var sampler = groups is null ? null : new PairSampler(groups, options.Seed);
        List<ImageViews> rows = [.. order
            .Select(item => Enumerable.Range(0, sampler is null ? 1 : pairs).Select(epoch => sampler is null ? OfImage(pictures, item, pairs) : OfGroup(pictures, groups!, sampler, item, epoch)).OfType<ImageViews>().ToList())
            .Where(found => found.Count > 0).Take(images).SelectMany(found => found)];
        return rows.Count > 0 ? rows : throw new InvalidDataException($"None of the {data.Count} images of {data.Name} can be read.");
    }

    private static ImageViews? OfImage(ViewPictures pictures, int index, int pairs)
    {
        if (pictures.Read(index) is not { } image) return null;
        return new ImageViews(
            pictures.Caption(index), ViewPicture.Reduce(image), [.. Enumerable.Range(0, pairs).Select(epoch => (pictures.Make(image, index, epoch, 0), pictures.Make(image, index, epoch, 1)))],
            [.. Enumerable.Range(0, pictures.SmallCrops).Select(crop => pictures.Make(image, index, 0, 2 + crop))]);
    }

    private static ImageViews? OfGroup(ViewPictures pictures, ImageGroups groups, PairSampler sampler, int group, int epoch)
    {
        if (sampler.Draw(epoch, group, index => pictures.Read(index) is not null) is not var (first, second)) return null;
        var (views, originals) = (new DecodedImage[2 + pictures.SmallCrops], new DecodedImage[2]);
        for (int turn = 0; turn < 2; turn++)
        {
            int index = turn == 0 ? first : second;
            if (pictures.Read(index) is not { } image) return null;
            originals[turn] = ViewPicture.Reduce(image);
            for (int view = turn; view < views.Length; view += 2) views[view] = pictures.Make(image, index, epoch, view);
        }
        string name = Path.GetFileName(groups.Name(group)) is { Length: > 0 } known ? known : pictures.Caption(first);
        return new ImageViews($"{name}, epoch {epoch + 1}", originals[0], [(views[0], views[1])], views[2..]) { SecondOriginal = originals[1] };
    }
}
