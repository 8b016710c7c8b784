namespace SimClr.Datasets;

/// <summary>What happens when an image is damaged.</summary>
public enum BadImagePolicy
{
    /// <summary>The image is reported once, and another image takes its place in every batch.</summary>
    Skip,

    /// <summary>The run ends with the reason.</summary>
    Fail,
}
