using TorchSharp;

namespace SimClr.Optimization;

/// <summary>
/// Changes parameters along their gradients. The learning rate is handed in at every step, as a function of the step
/// alone, and the state is tensors with names: together with the number of the step that is all a run needs to go on.
/// </summary>
/// <remarks>
/// The parameters are borrowed and must already be on their device. A step synchronises with no GPU. Not thread-safe.
/// </remarks>
public interface IOptimizer : IDisposable
{
    /// <summary>
    /// The state, borrowed: the same tensors for the optimizer's whole life, changed in place by <see cref="Step"/> and
    /// <see cref="LoadState"/>. One kept for a parameter has its shape, dtype and device, and is named after its kind and the
    /// parameter (<c>momentum.encoder.conv1.weight</c>); one that stands for the whole is named plainly (<c>step</c>).
    /// </summary>
    IReadOnlyDictionary<string, torch.Tensor> State { get; }

    /// <summary>Changes every parameter that has a gradient once; one without stays as it is, its decay and its state too (PyTorch's way). Gradients are read and left as they are.</summary>
    /// <param name="learningRate">The learning rate of this step, finite and ≥ 0 (<see cref="WarmupCosineSchedule.LearningRate"/>).</param>
    /// <param name="skip">() float32 on the parameters' device: where it is 1 no weight and no momentum changes, without the host's knowing; null for 0. Borrowed.</param>
    /// <exception cref="InvalidOperationException">No parameter has a gradient; nothing was changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not finite; nothing was changed.</exception>
    void Step(double learningRate, torch.Tensor? skip = null);

    /// <summary>Frees every parameter's gradient (PyTorch's <c>set_to_none</c>): the next backward pass writes afresh instead of adding.</summary>
    void ZeroGradients();

    /// <summary>Copies a saved <see cref="State"/> into this one, across devices if need be. The steps that follow are bit for bit those of the optimizer that it was taken from.</summary>
    /// <param name="state">Borrowed; exactly the names, shapes and dtypes of <see cref="State"/>.</param>
    /// <exception cref="InvalidDataException">A name is missing or too many, or a shape or dtype differs; nothing was changed.</exception>
    void LoadState(IReadOnlyDictionary<string, torch.Tensor> state);
}
