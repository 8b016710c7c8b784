namespace SimClr.Pretraining;

/// <summary>Where the two views of a positive pair come from.</summary>
public enum PositivesKind
{
    /// <summary>From one image (SimCLR, Algorithm 1).</summary>
    Views,

    /// <summary>From two images of a folder (<see cref="Datasets.ImageGroups.ByFolder"/>).</summary>
    Folder,

    /// <summary>From two images of a group that a column of a list names (<see cref="Datasets.GroupColumn"/>).</summary>
    Column,

    /// <summary>From two images of a group that the caller brings along.</summary>
    Custom,
}
