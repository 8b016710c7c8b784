namespace SimClr.Cli.Reports;

/// <summary>The map of the embeddings: one entry of every list for each image, whose tile in the sprite <c>map</c> has the same number.</summary>
internal sealed record MapData
{
    public required IReadOnlyList<float> X { get; init; }

    public required IReadOnlyList<float> Y { get; init; }

    /// <summary>Each image's path, or file and record.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The names of the classes; empty without labels.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    public IReadOnlyList<long>? Label { get; init; }

    /// <summary>The class that kNN predicts for each image.</summary>
    public IReadOnlyList<long>? Predicted { get; init; }

    public required IReadOnlyList<int> Cluster { get; init; }

    /// <summary>Mean NT-Xent of the image's views among those of all images of the map, in nats.</summary>
    public required IReadOnlyList<double> Loss { get; init; }

    /// <summary>How the map was made.</summary>
    public required string Note { get; init; }
}
