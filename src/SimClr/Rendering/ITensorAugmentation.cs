using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Rendering;

/// <summary>
/// A user's own augmentation that also works on tensors. Views that a device renders (<c>ViewLoader.RenderOn</c>) need it. An augmentation
/// without it is refused by name.
/// </summary>
/// <remarks>
/// Both forms must give the same view for the same numbers; the library's own steps agree within 1e-4. The thread that takes the batches
/// calls this form: one at a time in each pass over the images.
/// </remarks>
public interface ITensorAugmentation : IAugmentation
{
    /// <summary>Changes many views, each by its own numbers alone. The grouping of views into calls is not fixed.</summary>
    /// <param name="views">(N, C, S, S) float32 in [0, 1], on any device, without gradients; borrowed, and may be changed in place.</param>
    /// <param name="numbers">
    /// (N, <see cref="IAugmentation.Numbers"/>) float32 on the same device; borrowed. Reading a value on the host makes the host wait for a
    /// GPU.
    /// </param>
    /// <returns>
    /// The changed views: a new tensor of the same shape, dtype and device, owned by the caller, or <paramref name="views"/> itself. Other
    /// tensors made here are freed after the call.
    /// </returns>
    Tensor Apply(Tensor views, Tensor numbers);
}
