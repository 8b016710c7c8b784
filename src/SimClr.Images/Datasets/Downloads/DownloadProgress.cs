namespace SimClr.Datasets;

/// <summary>How far a download has come.</summary>
/// <param name="Stage">What it is doing.</param>
/// <param name="File">The name of the file, or of the data set's folder while waiting.</param>
/// <param name="Received">The bytes of the file that are there, those of earlier attempts included; 0 while waiting.</param>
/// <param name="Total">The bytes of the whole file; null where the server does not say, and while waiting.</param>
public readonly record struct DownloadProgress(DownloadStage Stage, string File, long Received, long? Total);
