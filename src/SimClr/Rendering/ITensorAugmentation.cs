using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Rendering;

/// <summary>
/// An augmentation of your own that has a tensor form too. Views that a device renders (<c>ViewLoader.RenderOn</c>) need it: an augmentation
/// without it is refused by name.
/// </summary>
/// <remarks>
/// Both forms must give the same view for the same numbers; the library's own steps agree within 1e-4. The thread that takes the batches calls
/// this form; several readings of a loader may be several threads.
/// </remarks>
public interface ITensorAugmentation : IAugmentation
{
    /// <summary>Changes many views, each by its own numbers alone: which views come together is not fixed.</summary>
    /// <param name="views">(N, C, S, S) float32 in [0, 1], on any device, without gradients; borrowed, and may be changed in place.</param>
    /// <param name="numbers">
    /// (N, <see cref="IAugmentation.Numbers"/>) float32 on the same device; borrowed. Reading a value on the host makes it wait for a GPU.
    /// </param>
    /// <returns>
    /// The changed views: a new tensor of the same shape, type and device, the caller's, or <paramref name="views"/>. Other tensors made here
    /// are freed after the call.
    /// </returns>
    Tensor Apply(Tensor views, Tensor numbers);
}
