using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>An encoder in evaluation mode on the CPU, faster than the module that it comes from.</summary>
/// <remarks>Several threads may use it at once, with images of any sizes, until it is disposed of.</remarks>
public interface IInferenceEncoder : IDisposable
{
    /// <summary>Computes the representation h.</summary>
    /// <param name="input">x (N, C, S, S) float32 on the CPU; borrowed.</param>
    /// <returns>h (N, D) float32; owned by the caller.</returns>
    /// <exception cref="ArgumentException">The input has another type, device or number of channels.</exception>
    Tensor Forward(Tensor input);
}
