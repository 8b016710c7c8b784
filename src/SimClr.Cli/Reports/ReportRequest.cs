using SimClr.Datasets;

namespace SimClr.Cli.Reports;

/// <summary>Which images a report looks at.</summary>
internal sealed record ReportRequest
{
    /// <summary>Images of each part at most, by default.</summary>
    public const int DefaultImages = 3000;

    /// <summary>The folder or name of the images; null: the one that the run was begun with.</summary>
    public string? Data { get; init; }

    /// <summary>Where data sets are downloaded to.</summary>
    public required DownloadPlace Downloads { get; init; }

    /// <summary>Images of each part at most.</summary>
    public int Images { get; init; } = DefaultImages;
}
