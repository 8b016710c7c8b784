namespace SimClr.Data;

/// <summary>What a damaged image does to a run.</summary>
public enum BadImagePolicy
{
    /// <summary>It is reported once, and another image takes its place in every batch, which says so (<see cref="ViewBatch.Indices"/>).</summary>
    Skip,

    /// <summary>The run ends with the reason.</summary>
    Fail,
}
