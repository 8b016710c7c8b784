namespace SimClr.Optimization;

/// <summary>The update rules.</summary>
public enum OptimizerKind
{
    /// <summary><see cref="Optimization.Sgd"/>: for small images and batches of up to about a thousand.</summary>
    Sgd,

    /// <summary><see cref="Optimization.Lars"/>: the paper's choice, for its batches of 256 to 8192 (section 2.2).</summary>
    Lars,

    /// <summary><see cref="Optimization.AdamW"/>.</summary>
    Adamw,
}
