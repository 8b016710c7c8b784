using SimClr.RunFolders;

namespace SimClr.Cli.Reports;

/// <summary>Curves with common axes.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Unit">The unit of the vertical axis.</param>
/// <param name="Factor">The factor from the file's numbers to that unit.</param>
/// <param name="Series">The keys, with names for the legend.</param>
internal sealed record CurvePanel(string Title, string Unit, double Factor, IReadOnlyList<CurveName> Series)
{
    // In this order. Every other number of the file follows under its own name.
    private static readonly CurvePanel[] Known =
    [
        new("Loss", "nats", 1, [new("loss", "loss")]),
        new("Contrastive accuracy", "%", 100, [new("top1", "top-1: the other view is nearest"), new("top5", "top-5")]),
        new("Accuracy of classifiers on h (training images; no gradient reaches the encoder)",
            "%", 100, [new("online_probe", "online linear probe"), new("knn", "kNN, k = 20")]),
        new("Learning rate", "", 1, [new("learning_rate", "learning rate")]),
        new("Entropy of an anchor's softmax", "nats", 1, [new("entropy", "entropy")]),
        new("Gradient norm", "", 1, [new("gradient_norm", "gradient norm")]),
        new("Throughput", "images/s", 1, [new("images_per_second", "images per second")]),
        new("Time waiting for views (near 0 unless reading or decoding limits the run)", "seconds a step",
            1, [new("data_wait", "waiting")]),
    ];

    /// <summary>The panels for some runs.</summary>
    public static IReadOnlyList<CurvePanel> For(IReadOnlyList<RunCurves> runs)
    {
        var keys = runs.SelectMany(r => r.Series.Keys).ToHashSet();
        var panels = Known.Select(p => p with { Series = [.. p.Series.Where(s => keys.Contains(s.Key))] })
            .Where(p => p.Series.Count > 0).ToList();
        keys.ExceptWith(Known.SelectMany(p => p.Series).Select(s => s.Key));
        panels.AddRange(keys.Order(StringComparer.Ordinal).Select(key => key.Replace('_', ' ')).Select((name, i) =>
            new CurvePanel(name, "", 1, [new CurveName(keys.Order(StringComparer.Ordinal).ElementAt(i), name)])));
        return panels;
    }
}

/// <summary>A curve of a panel.</summary>
/// <param name="Key">The key in <c>metrics.jsonl</c>.</param>
/// <param name="Name">The name in the legend.</param>
internal sealed record CurveName(string Key, string Name);
