using SimClr.Images;
using static TorchSharp.torch;

namespace SimClr.Losses;

/// <summary>
/// The function that a run minimises. It takes the projections of a batch and returns the loss and its gradient. <see cref="NtXentLoss"/>
/// and <see cref="DecoupledLoss"/> are built in. A custom loss is easiest to write as an <see cref="AutogradLoss"/>.
/// </summary>
/// <remarks>
/// Every rank has its own instance. All ranks call it at once, each for its own images. On a rank one thread at a time calls it.
/// </remarks>
public interface IContrastiveLoss
{
    /// <summary>The name of the loss. A run stores it, and a resume requires the same name.</summary>
    string Name { get; }

    /// <summary>
    /// Whether the loss handles small crops (multi-crop). False by default: a run with small crops is then refused before its first step.
    /// </summary>
    bool TakesSmallCrops => false;

    /// <summary>
    /// Whether the host reads no tensor if <see cref="ProjectionBatch.HostMayRead"/> is false, so that a GPU never waits for the host.
    /// False by default: the host then waits for each step.
    /// </summary>
    bool CanEnqueue => false;

    /// <summary>
    /// Computes what the projections are compared with from the views themselves, without a graph: a teacher's features, for example. They
    /// come back as <see cref="ProjectionBatch.Targets"/>. Not called if the run has small crops. Default: nothing.
    /// </summary>
    /// <param name="views">
    /// (2m, C, S, S) float32 on the device of the training: first views of m images of this rank, then second views. Borrowed.
    /// </param>
    /// <param name="prepared">How these views were normalised.</param>
    /// <returns>(2m, T), floating-point, on the same device, with the same T each time; owned by the caller. Null: nothing.</returns>
    Tensor? Targets(Tensor views, Preprocessing prepared) => null;

    /// <summary>Computes the loss of a batch and its gradient with respect to this rank's own projections.</summary>
    /// <param name="batch">The projections; borrowed.</param>
    /// <returns>
    /// Owned by the caller. A gradient of another shape or type is refused by name. Figures that are not finite end the run as diverged.
    /// </returns>
    LossResult Compute(ProjectionBatch batch);
}
