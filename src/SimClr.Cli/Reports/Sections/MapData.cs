namespace SimClr.Cli.Reports;

/// <summary>The map of the embeddings. Every list has one entry per image; its tile in the sprite <c>map</c> has the same index.</summary>
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

    /// <summary>The mean NT-Xent loss of the image's views among the views of all images on the map, in nats.</summary>
    public required IReadOnlyList<double> Loss { get; init; }

    /// <summary>A description of the map.</summary>
    public required string Note { get; init; }
}
