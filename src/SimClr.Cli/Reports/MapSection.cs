using System.Globalization;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Loading;
using SimClr.Losses;
using SimClr.Randomness;
using static TorchSharp.torch;
using Device = TorchSharp.torch.Device;

namespace SimClr.Cli.Reports;

/// <summary>The map of some of the shown images, with each image's loss.</summary>
internal sealed class MapSection
{
    private const uint ChoicePurpose = 7;
    private const int MaxPoints = 1500, Pairs = 2, Batch = 50, MaxTile = 48, MaxClusters = 20;

    private readonly int[] rows;
    private readonly SubsetDataset images;
    private readonly double[] losses;

    /// <summary>Draws the images and measures how hard their views are to match.</summary>
    public MapSection(ReportImages all, TrainedModel model, Device device, Terminal terminal)
    {
        int[] order = [.. Enumerable.Range(0, all.Shown.Count)];
        int count = Math.Min(order.Length, MaxPoints);
        if (count > Batch) count -= count % Batch; // whole batches
        CounterRandom.For(model.Options.Seed, ChoicePurpose, 0).Draw(order, count);
        rows = [.. order.Take(count).Order()];
        images = new SubsetDataset(all.Shown, rows);
        losses = Losses(model, device, terminal);
    }

    /// <summary>The map; null where there are too few images for one.</summary>
    /// <param name="all">Where the images and their features are from.</param>
    /// <param name="model">Whose they are.</param>
    /// <param name="predictions">What each of the shown images was taken for; null without labels.</param>
    /// <param name="sprite">Gets the thumbnails.</param>
    public MapData? Build(ReportImages all, TrainedModel model, long[]? predictions, out SpriteData? sprite)
    {
        sprite = null;
        if (rows.Length < 5) return null;
        using var scope = NewDisposeScope();
        var h = all.ShownFeatures.Values.index_select(0, tensor(Array.ConvertAll(rows, r => (long)r)));
        h = h / h.norm(1, keepdim: true, p: 2).clamp_min(1e-12); // distances as cosines have them
        var options = new TSneOptions { Seed = model.Options.Seed };
        var map = TSne.Fit(h, options);
        int clusters = Math.Min(rows.Length, all.IsLabelled ? Math.Min(all.Shown.Classes.Count, MaxClusters) : 10);
        using var means = KMeans.Run(h, new KMeansOptions { Clusters = clusters, Seed = model.Options.Seed });
        var tiles = new Sprite(Math.Clamp(model.Options.ImageSize, 8, MaxTile));
        for (int i = 0; i < rows.Length; i++) tiles.Add(images.Read(i));
        sprite = tiles.ToData();
        return new MapData
        {
            X = [.. map.X.Select(v => MathF.Round(v, 2))],
            Y = [.. map.Y.Select(v => MathF.Round(v, 2))],
            Names = [.. Enumerable.Range(0, rows.Length).Select(images.Describe)],
            Classes = all.IsLabelled ? all.Shown.Classes : [],
            Label = all.IsLabelled ? [.. Enumerable.Range(0, rows.Length).Select(i => (long)images.Label(i))] : null,
            Predicted = predictions is null ? null : [.. rows.Select(r => predictions[r])],
            Cluster = means.Clusters,
            Loss = [.. losses.Select(l => Math.Round(l, 3))],
            Note = string.Create(CultureInfo.InvariantCulture,
                $"t-SNE of h, {rows.Length} {(all.IsLabelled ? "test images" : "images")}, perplexity {Math.Min(options.Perplexity, (rows.Length - 1) / 3.0):g3}, by cosine, seed {options.Seed}; KL divergence {map.Divergence[^1]:f2} nats. Clusters: spherical k-means, k = {clusters}. Near points are alike; far distances and the axes mean nothing."),
        };
    }

    /// <summary>The images whose two views are hardest to match.</summary>
    public PictureSection Hardest(Sprite gallery, string sprite, int count) => new(
        "hardest", sprite,
        string.Create(CultureInfo.InvariantCulture, $"NT-Xent of an image in nats: the mean over {Pairs} pairs of views among those of {rows.Length} images, where the mean is {losses.Average():f2}."),
        [new PictureRow("", [.. Enumerable.Range(0, rows.Length).OrderByDescending(i => losses[i]).Take(count).Select(i => new PictureData(
            gallery.Add(images.Read(i)), string.Create(CultureInfo.InvariantCulture, $"{ReportImages.Caption(images, i)}\n{losses[i]:f2} nats")))])]);

    private double[] Losses(TrainedModel model, Device device, Terminal terminal)
    {
        var options = model.Options;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var loader = new ViewLoader(GrayDataset.For(images, options.Encoder.Channels), options.Views, options.Preprocessing, Math.Min(Batch, rows.Length), options.Seed);
        var loss = new NtXentLoss(options.Temperature);
        var sum = zeros(rows.Length, ScalarType.Float64);
        terminal.Progress("views of the map's images", (long)Pairs * rows.Length, report =>
        {
            for (int pair = 0; pair < Pairs; pair++)
            {
                using var epoch = NewDisposeScope();
                var z = new List<Tensor>();
                var order = new List<int>();
                foreach (var batch in loader.Epoch(pair))
                {
                    using (batch)
                    {
                        using var step = NewDisposeScope();
                        var both = model.Model.call(batch.Views.to(device)).cpu();                      // (2B, d)
                        z.Add(both.reshape(2, batch.Indices.Count, -1).MoveToOuterDisposeScope());
                        order.AddRange(batch.Indices);
                    }
                    report((long)pair * rows.Length + order.Count, "");
                }
                var anchors = loss.PerAnchor(cat(z, 1).flatten(0, 1)).reshape(2, -1).mean([0]);         // (M)
                sum.index_add_(0, tensor(order.Select(i => (long)i).ToArray()), anchors.to(ScalarType.Float64), 1);
            }
            return 0;
        });
        return (sum / Pairs).data<double>().ToArray();
    }
}
