using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Loading;
using SimClr.Losses;
using SimClr.Randomness;
using static TorchSharp.torch;

namespace SimClr.Protocols;

/// <summary>
/// A map of some images of a sample: t-SNE of h, clusters found without labels, and the NT-Xent loss of each image's views.
/// </summary>
public sealed class EmbeddingMap
{
    private const int MaxPoints = 1500, Batch = 50, MaxClusters = 20, FewestPoints = 5;

    private EmbeddingMap(int[] rows, SubsetDataset images, double[] losses) => (Rows, Images, Losses) = (rows, images, losses);

    /// <summary>The number of pairs of views per image in the mean loss.</summary>
    public const int PairsOfViews = 2;

    /// <summary>M ascending indices into <see cref="SampleEvaluation.Shown"/>.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>The M images.</summary>
    public IImageDataset Images { get; }

    /// <summary>For each image, the mean NT-Xent loss of its views among the views of all M images, in nats.</summary>
    public IReadOnlyList<double> Losses { get; }

    /// <summary>The points on the map; null for fewer than five images.</summary>
    public TSneMap? Points { get; private init; }

    /// <summary>The perplexity of t-SNE: 30, or less if there are few images.</summary>
    public double Perplexity { get; private init; }

    /// <summary>The cluster of each image by spherical k-means on h, in [0, <see cref="ClusterCount"/>); empty without a map.</summary>
    public IReadOnlyList<int> Clusters { get; private init; } = [];

    /// <summary>The number of clusters: as many as classes, at most 20; without labels 10.</summary>
    public int ClusterCount { get; private init; }

    /// <summary>
    /// Draws at most 1500 shown images of the sample with the run's seed, computes the losses of their views, and fits the map.
    /// </summary>
    /// <param name="sample">Borrowed.</param>
    /// <param name="model">The model of the sample; borrowed.</param>
    /// <param name="device">The device of the model.</param>
    /// <param name="messages">Receives progress.</param>
    public static EmbeddingMap Of(SampleEvaluation sample, TrainedEncoder model, Device device, IMessages messages)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(model);
        int[] order = [.. Enumerable.Range(0, sample.Shown.Count)];
        int count = Math.Min(order.Length, MaxPoints);
        if (count > Batch) count -= count % Batch; // complete batches
        CounterRandom.For(model.Options.Seed, RandomPurpose.MappedImages, 0).Draw(order, count);
        int[] rows = [.. order.Take(count).Order()];
        var images = new SubsetDataset(sample.Shown, rows);
        double[] losses = LossesOf(images, model, device, messages);
        if (rows.Length < FewestPoints) return new EmbeddingMap(rows, images, losses);

        using var scope = NewDisposeScope();
        var h = sample.ShownFeatures.Values.index_select(0, tensor(Array.ConvertAll(rows, r => (long)r)));
        h = h / h.norm(1, keepdim: true, p: 2).clamp_min(1e-12); // so that distances correspond to cosines
        var options = new TSneOptions { Seed = model.Options.Seed };
        var points = TSne.Fit(h, options);
        int clusters = Math.Min(rows.Length, sample.IsLabelled ? Math.Min(sample.Shown.Classes.Count, MaxClusters) : 10);
        using var means = KMeans.Run(h, new KMeansOptions { Clusters = clusters, Seed = model.Options.Seed });
        return new EmbeddingMap(rows, images, losses)
        {
            Points = points,
            Perplexity = Math.Min(options.Perplexity, (rows.Length - 1) / 3.0),
            Clusters = means.Clusters,
            ClusterCount = clusters
        };
    }

    private static double[] LossesOf(SubsetDataset images, TrainedEncoder model, Device device, IMessages messages)
    {
        var options = model.Options;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var loader = new ViewLoader(EncoderImages.For(images, options.Encoder.Channels, options.Preprocessing.Decoding), options.Views,
            options.Preprocessing, Math.Min(Batch, images.Count), options.Seed);
        var loss = new NtXentLoss(options.Temperature);
        var sum = zeros(images.Count, ScalarType.Float64);
        messages.Progress("views of the map's images", (long)PairsOfViews * images.Count, report =>
        {
            for (int pair = 0; pair < PairsOfViews; pair++)
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
                    report((long)pair * images.Count + order.Count, "");
                }
                var anchors = loss.PerAnchor(cat(z, 1).flatten(0, 1)).reshape(2, -1).mean([0]);         // (M)
                sum.index_add_(0, tensor(order.Select(i => (long)i).ToArray()), anchors.to(ScalarType.Float64), 1);
            }
            return 0;
        });
        return (sum / PairsOfViews).data<double>().ToArray();
    }
}
