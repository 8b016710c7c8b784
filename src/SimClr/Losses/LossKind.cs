namespace SimClr.Losses;

/// <summary>The loss that a run is trained with: <c>loss</c> in a recipe.</summary>
public enum LossKind
{
    /// <summary>NT-Xent (SimCLR, Eq. 1): <see cref="NtXentLoss"/>.</summary>
    NtXent,

    /// <summary>Decoupled contrastive learning (Yeh et al. 2021): <see cref="DecoupledLoss"/>.</summary>
    Decoupled,

    /// <summary>
    /// A custom <see cref="IContrastiveLoss"/>. The recipe says only that there is one. The program that starts or resumes the run supplies
    /// it.
    /// </summary>
    Custom,
}
