namespace SimClr.Datasets;

/// <summary>The progress of a download.</summary>
/// <param name="Stage">What is happening.</param>
/// <param name="File">The name of the file; while waiting, that of the data set's folder.</param>
/// <param name="Received">Bytes of the file received so far, including earlier attempts; 0 while waiting.</param>
/// <param name="Total">Bytes of the whole file; null while waiting, or if the server does not say.</param>
public readonly record struct DownloadProgress(DownloadStage Stage, string File, long Received, long? Total);
