namespace SimClr.Losses;

/// <summary>Which loss a run is trained with: <c>loss</c> in a recipe.</summary>
public enum LossKind
{
    /// <summary>NT-Xent (SimCLR, Eq. 1): <see cref="NtXentLoss"/>.</summary>
    NtXent,

    /// <summary>Decoupled contrastive learning (Yeh et al. 2021): <see cref="DecoupledLoss"/>.</summary>
    Decoupled,

    /// <summary>An <see cref="IContrastiveLoss"/> of the user's own. The recipe says only that there was one: whoever begins or resumes the run brings it.</summary>
    Custom,
}
