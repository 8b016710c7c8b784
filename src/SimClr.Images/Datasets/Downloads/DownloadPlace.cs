namespace SimClr.Datasets;

/// <summary>Where data sets are downloaded from and to.</summary>
/// <param name="Folder">
/// Gives the folder that keeps a data set. It is called only when the folder is needed; its exceptions reach the caller.
/// </param>
public sealed record DownloadPlace(Func<DownloadableDataset, string> Folder)
{
    /// <summary>An address used instead of the publisher's. Default: none.</summary>
    public Uri? Mirror { get; init; }

    /// <summary>Receives progress, from any thread. Default: none.</summary>
    public IProgress<DownloadProgress>? Progress { get; init; }
}
