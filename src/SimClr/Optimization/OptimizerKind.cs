namespace SimClr.Optimization;

/// <summary>The update rules there are.</summary>
public enum OptimizerKind
{
    /// <summary><see cref="Optimization.Sgd"/>: the choice for small images and batches up to a thousand or so.</summary>
    Sgd,

    /// <summary><see cref="Optimization.Lars"/>: the paper's, for its batches of 256 to 8192 (section 2.2).</summary>
    Lars,

    /// <summary><see cref="Optimization.AdamW"/>.</summary>
    Adamw,
}
