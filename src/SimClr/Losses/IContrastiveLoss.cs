namespace SimClr.Losses;

/// <summary>
/// What a run minimises: the projections of a batch in, the loss and its gradient out. <see cref="NtXentLoss"/> and <see cref="DecoupledLoss"/> are built in;
/// one of your own is easiest as an <see cref="AutogradLoss"/>.
/// </summary>
/// <remarks>Every rank has its own instance and all call it at once, each for its own images; on a rank one thread at a time.</remarks>
public interface IContrastiveLoss
{
    /// <summary>What a run calls it, and requires again when it is resumed.</summary>
    string Name { get; }

    /// <summary>Whether it knows small crops (multi-crop). Default no: a run that has them is refused before its first step.</summary>
    bool TakesSmallCrops => false;

    /// <summary>
    /// Whether it does without the host's reading a tensor where <see cref="ProjectionBatch.HostMayRead"/> is false: then a GPU never waits for it. Default no:
    /// each step is waited for.
    /// </summary>
    bool CanEnqueue => false;

    /// <summary>Computes the loss of a batch, and its gradient by this rank's own projections.</summary>
    /// <param name="batch">Borrowed.</param>
    /// <returns>The caller's. A gradient of another shape or type is refused by name; figures that are not finite end the run as one that diverged.</returns>
    LossResult Compute(ProjectionBatch batch);
}
