using TorchSharp;

namespace SimClr.Optimization;

/// <summary>
/// Updates parameters from their gradients. Every step receives its learning rate, and the state is a set of named tensors. Together with
/// the number of the step, that is all a run needs to resume.
/// </summary>
/// <remarks>
/// The parameters are borrowed and must already be on their device. A step never synchronises with a GPU. Not thread-safe.
/// </remarks>
public interface IOptimizer : IDisposable
{
    /// <summary>
    /// The state, borrowed: the same tensors for the optimizer's whole life, changed in place by <see cref="Step"/> and
    /// <see cref="LoadState"/>. The state of a parameter has its shape, dtype and device; its name is the kind and the parameter
    /// (<c>momentum.encoder.conv1.weight</c>). State of the whole optimizer has a plain name (<c>step</c>).
    /// </summary>
    IReadOnlyDictionary<string, torch.Tensor> State { get; }

    /// <summary>
    /// Updates every parameter that has a gradient. A parameter without one does not change, nor does its state (as in PyTorch). Gradients
    /// are read only.
    /// </summary>
    /// <param name="learningRate">
    /// The learning rate of this step, finite and ≥ 0 (<see cref="WarmupCosineSchedule.LearningRate"/>). It is multiplied by the factor of
    /// each parameter.
    /// </param>
    /// <param name="skip">
    /// () float32 on the parameters' device, borrowed. If it is 1, no weight and no momentum changes; the host does not read it. Null means
    /// 0.
    /// </param>
    /// <exception cref="InvalidOperationException">No parameter has a gradient. Nothing changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not finite. Nothing changed.</exception>
    void Step(double learningRate, torch.Tensor? skip = null);

    /// <summary>
    /// Frees the gradients of all parameters (PyTorch's <c>set_to_none</c>). The next backward pass writes new ones instead of adding.
    /// </summary>
    void ZeroGradients();

    /// <summary>
    /// Copies a saved <see cref="State"/> into this optimizer, across devices if necessary. The next steps are bit for bit those of the
    /// saved optimizer.
    /// </summary>
    /// <param name="state">Borrowed; exactly the names, shapes and dtypes of <see cref="State"/>.</param>
    /// <exception cref="InvalidDataException">A name is missing or unknown, or a shape or dtype differs. Nothing changed.</exception>
    void LoadState(IReadOnlyDictionary<string, torch.Tensor> state);
}
