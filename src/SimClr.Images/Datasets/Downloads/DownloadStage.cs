namespace SimClr.Datasets;

/// <summary>What a download is doing.</summary>
public enum DownloadStage
{
    /// <summary>Another process downloads the same; nothing to do but wait for it.</summary>
    Waiting,

    /// <summary>Bytes arrive.</summary>
    Downloading,

    /// <summary>The checksum of the whole file is computed.</summary>
    Verifying,

    /// <summary>The archive is unpacked.</summary>
    Unpacking,
}
