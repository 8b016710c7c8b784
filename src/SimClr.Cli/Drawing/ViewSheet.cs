using SimClr.Data;
using SimClr.Training;
using SimClr.Views;

namespace SimClr.Cli.Drawing;

/// <summary>The contact sheet of a run's views: what the encoder will see of a few images drawn by the seed.</summary>
internal static class ViewSheet
{
    private const uint SheetPurpose = 4;

    /// <summary>Draws the first epochs' views of some images.</summary>
    /// <param name="path">The PNG.</param>
    /// <param name="data">The images; damaged ones are passed over.</param>
    /// <param name="options">Complete options.</param>
    /// <param name="images">Rows.</param>
    /// <param name="pairs">Pairs of views in a row: epochs 0, 1, …</param>
    public static void Save(string path, IImageDataset data, PretrainOptions options, int images, int pairs)
    {
        int[] order = [.. Enumerable.Range(0, data.Count)];
        CounterRandom.For(options.Seed, SheetPurpose, 0).Draw(order, order.Length);
        // Normalised values are no colours: the sheet shows the views before that.
        var policy = options.Views with { Mean = [], StandardDeviation = [] };
        var renderer = new CpuViewRenderer(policy, options.ImageSize);
        var rows = new List<(string, RgbImage, IReadOnlyList<(RgbImage, RgbImage)>)>();
        foreach (int index in order)
        {
            if (rows.Count == images) break;
            try
            {
                var image = data.Read(index);
                RgbImage View(int epoch, int view) => Draw(renderer, policy, image, options, new CounterRandom(options.Seed, epoch, index, view));
                string caption = data.Label(index) is >= 0 and var label ? data.Classes[label] : $"image {index}";
                rows.Add((caption, image, [.. Enumerable.Range(0, pairs).Select(epoch => (View(epoch, 0), View(epoch, 1)))]));
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                // Training reports it.
            }
        }
        if (rows.Count == 0) throw new InvalidDataException($"None of the {data.Count} images of {data.Name} can be read.");
        ContactSheet.OfViews($"{data.Name}: views of {options.ImageSize} × {options.ImageSize} pixels", rows).SavePng(path);
    }

    private static RgbImage Draw(CpuViewRenderer renderer, ViewPolicy policy, RgbImage image, PretrainOptions options, CounterRandom random)
    {
        int size = options.ImageSize, plane = size * size;
        float[] planes = new float[3 * plane];
        renderer.Render(image, policy.Draw(image.Width, image.Height, size, random), planes);
        byte[] pixels = new byte[planes.Length];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)Math.Round(255 * Math.Clamp(planes[i % 3 * plane + i / 3], 0, 1));
        return new RgbImage(pixels, size, size);
    }
}
