namespace SimClr.Datasets;

/// <summary>What a damaged image does to a run.</summary>
public enum BadImagePolicy
{
    /// <summary>It is reported once, and another image takes its place in every batch.</summary>
    Skip,

    /// <summary>The run ends with the reason.</summary>
    Fail,
}
