namespace SimClr.Models;

/// <summary>A block x ↦ ReLU(F(x) + shortcut(x)).</summary>
internal interface IResidualBlock
{
    /// <summary>The last batch norm of F.</summary>
    BatchNorm LastNorm { get; }
}
