namespace SimClr.Datasets;

/// <summary>A stage of a download.</summary>
public enum DownloadStage
{
    /// <summary>Another process downloads the same data set; this one waits.</summary>
    Waiting,

    /// <summary>Bytes arrive.</summary>
    Downloading,

    /// <summary>The checksum of the whole file is computed.</summary>
    Verifying,

    /// <summary>The archive is unpacked.</summary>
    Unpacking,
}
