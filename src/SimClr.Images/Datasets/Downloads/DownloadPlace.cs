namespace SimClr.Datasets;

/// <summary>Where data sets are downloaded from and to.</summary>
/// <param name="Folder">Names the folder that keeps a data set; asked only when one is needed. What it throws goes to the caller.</param>
public sealed record DownloadPlace(Func<DownloadableDataset, string> Folder)
{
    /// <summary>An address to download from instead of the publisher's. Default: none.</summary>
    public Uri? Mirror { get; init; }

    /// <summary>Told how much has arrived, from any thread. Default: nobody.</summary>
    public IProgress<DownloadProgress>? Progress { get; init; }
}
