namespace SimClr.Pretraining;

/// <summary>The source of the two views of a positive pair.</summary>
public enum PositivesKind
{
    /// <summary>From one image (SimCLR, Algorithm 1).</summary>
    Views,

    /// <summary>From two images of a folder (<see cref="Datasets.ImageGroups.ByFolder"/>).</summary>
    Folder,

    /// <summary>From two images of a group that a column of a list defines (<see cref="Datasets.GroupColumn"/>).</summary>
    Column,

    /// <summary>From two images of a group that the caller provides.</summary>
    Custom,

    /// <summary>
    /// From two images of a group that the data names (<see cref="Datasets.IImageDataset.Group"/>), as a list of images may.
    /// </summary>
    List,
}
