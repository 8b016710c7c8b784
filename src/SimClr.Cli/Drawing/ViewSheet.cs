using SimClr.Datasets;
using SimClr.Images;
using SimClr.Pretraining;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Cli.Drawing;

/// <summary>The contact sheet of a run's views: what the encoder will see of a few images drawn by the seed.</summary>
internal static class ViewSheet
{
    private const uint SheetPurpose = 4;

    /// <summary>The first epochs' views of some images.</summary>
    /// <param name="data">The images; damaged ones are passed over.</param>
    /// <param name="options">Complete options.</param>
    /// <param name="images">Rows.</param>
    /// <param name="pairs">Pairs of views in a row: epochs 0, 1, …</param>
    public static ContactSheet Of(IImageDataset data, PretrainOptions options, int images, int pairs) =>
        ContactSheet.OfViews($"{data.Name}: views of {options.ImageSize} × {options.ImageSize} pixels", Rows(data, options, images, pairs));

    /// <summary>The sheet with which a run begins, as a PNG.</summary>
    public static byte[] OfRun(IImageDataset data, PretrainOptions options) => Of(data, options, images: 6, pairs: 2).ToPng();

    /// <summary>What the sheet shows: images drawn by the seed.</summary>
    /// <exception cref="InvalidDataException">No image can be read.</exception>
    public static IReadOnlyList<ViewRow> Rows(IImageDataset data, PretrainOptions options, int images, int pairs)
    {
        data = GrayDataset.For(data, options.Encoder.Channels);
        int[] order = [.. Enumerable.Range(0, data.Count)];
        CounterRandom.For(options.Seed, SheetPurpose, 0).Draw(order, order.Length);
        // Normalised values are no colours: the sheet shows the views before that.
        var preprocessing = options.Preprocessing with { Mean = [], StandardDeviation = [] };
        var policy = options.Views;
        int size = options.ImageSize;
        var small = options.SmallCrops.For(size);
        var (renderer, smallRenderer) = (new CpuViewRenderer(policy, preprocessing, data.Channels), new CpuViewRenderer(policy, small.Preprocessing(preprocessing), data.Channels));
        var (rows, buffer) = (new List<ViewRow>(), new DecodeBuffer());
        foreach (int index in order)
        {
            if (rows.Count == images) break;
            try
            {
                var image = data.Read(index, buffer);
                DecodedImage View(int epoch, int view) =>
                    Picture.Of(renderer, image, policy.Draw(image.Width, image.Height, size, new CounterRandom(options.Seed, epoch, index, view)), size);
                DecodedImage SmallCrop(int crop) =>
                    Picture.Of(smallRenderer, image, small.Policy(policy).Draw(image.Width, image.Height, small.ImageSize, new CounterRandom(options.Seed, 0, index, 2 + crop)), small.ImageSize);
                string caption = data.Classes.Count > 0 && data.Label(index) is >= 0 and var label ? data.Classes[label] : $"image {index}";
                rows.Add(new ViewRow(caption, Picture.Small(image), [.. Enumerable.Range(0, pairs).Select(epoch => (View(epoch, 0), View(epoch, 1)))], [.. Enumerable.Range(0, small.Count).Select(SmallCrop)]));
            }
            catch (InvalidDataException)
            {
                // Training reports it.
            }
        }
        return rows.Count > 0 ? rows : throw new InvalidDataException($"None of the {data.Count} images of {data.Name} can be read.");
    }
}
