using SimClr.Datasets;
using SimClr.Images;
using SimClr.Loading;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Pretraining;

/// <summary>The views of one image, or of two images of a group, in pretraining, as pictures.</summary>
/// <param name="Caption">The class of the image, or <c>image N</c>; for a group its name and the epoch.</param>
/// <param name="Original">The image, or the first of the two; reduced if it is very large (<see cref="ViewPicture.Reduce"/>).</param>
/// <param name="Pairs">Its views before normalisation, one pair per epoch from the first; for a group those of one epoch.</param>
/// <param name="SmallCrops">Its small crops of the first epoch, or of the group's epoch; empty without small crops.</param>
public sealed record ImageViews(
    string Caption, DecodedImage Original, IReadOnlyList<(DecodedImage First, DecodedImage Second)> Pairs,
    params IReadOnlyList<DecodedImage> SmallCrops)
{
    /// <summary>
    /// The image of the second views if pairs come from groups; for a group of one image that image again. Null if all views show
    /// <see cref="Original"/>.
    /// </summary>
    public DecodedImage? SecondOriginal { get; init; }

    /// <summary>Draws images or groups with the seed, and makes their views as in a run with these options.</summary>
    /// <param name="data">Borrowed. Damaged images are skipped.</param>
    /// <param name="options">The options, complete (<see cref="PretrainOptions.For(IImageDataset)"/>).</param>
    /// <param name="images">The largest number of images or groups, at least 1.</param>
    /// <param name="pairs">
    /// Pairs of views per image, for the epochs 0, 1, … A group gives another pair of images in each epoch, as one record each.
    /// </param>
    /// <param name="groups">The groups of the pairs; null (the default): both views show the same image.</param>
    /// <param name="augmentations">The run's own augmentations, borrowed. Null: none.</param>
    /// <exception cref="InvalidDataException">No image can be read.</exception>
    public static IReadOnlyList<ImageViews> Of(IImageDataset data, PretrainOptions options, int images, int pairs,
        ImageGroups? groups = null, IReadOnlyList<IAugmentation>? augmentations = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        int[] order = [.. Enumerable.Range(0, groups?.Count ?? data.Count)];
        CounterRandom.For(options.Seed, RandomPurpose.PicturedImages, 0).Draw(order, order.Length);
        var pictures = new ViewPictures(data, options, augmentations ?? []);
        var sampler = groups is null ? null : new PairSampler(groups, options.Seed);
        List<ImageViews> rows = [.. order
            .Select(item => Enumerable.Range(0, sampler is null ? 1 : pairs)
                .Select(epoch => sampler is null ? OfImage(pictures, item, pairs) : OfGroup(pictures, groups!, sampler, item, epoch))
                .OfType<ImageViews>().ToList())
            .Where(found => found.Count > 0).Take(images).SelectMany(found => found)];
        return rows.Count > 0 ? rows : throw new InvalidDataException($"None of the {data.Count} images of {data.Name} can be read.");
    }

    private static ImageViews? OfImage(ViewPictures pictures, int index, int pairs)
    {
        if (pictures.Read(index) is not { } image) return null;
        return new ImageViews(
            pictures.Caption(index), pictures.Original(image), [.. Enumerable.Range(0, pairs)
                .Select(epoch => (pictures.Make(image, index, epoch, 0), pictures.Make(image, index, epoch, 1)))],
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
            originals[turn] = pictures.Original(image);
            for (int view = turn; view < views.Length; view += 2) views[view] = pictures.Make(image, index, epoch, view);
        }
        string name = Path.GetFileName(groups.Name(group)) is { Length: > 0 } known ? known : pictures.Caption(first);
        return new ImageViews($"{name}, epoch {epoch + 1}", originals[0], [(views[0], views[1])], views[2..])
        {
            SecondOriginal = originals[1],
        };
    }
}
