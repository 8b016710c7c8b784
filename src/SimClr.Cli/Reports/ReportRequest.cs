using SimClr.Datasets;

namespace SimClr.Cli.Reports;

/// <summary>The images of a report.</summary>
internal sealed record ReportRequest
{
    /// <summary>The default of <see cref="Images"/>.</summary>
    public const int DefaultImages = 3000;

    /// <summary>The folders or names of the images; null: those of the run.</summary>
    public IReadOnlyList<string>? Data { get; init; }

    /// <summary>Whether the program of a TorchScript encoder may run.</summary>
    public bool TrustScript { get; init; }

    /// <summary>Where data sets are downloaded to.</summary>
    public required DownloadPlace Downloads { get; init; }

    /// <summary>The largest number of images per part.</summary>
    public int Images { get; init; } = DefaultImages;
}
