using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>An encoder as it evaluates on the CPU, faster than the module that it was made from.</summary>
/// <remarks>Safe for use by several threads at once, with images of any sizes, until it is disposed of.</remarks>
public interface IInferenceEncoder : IDisposable
{
    /// <summary>Computes the representation.</summary>
    /// <param name="input">x (N, C, S, S) float32 on the CPU; borrowed.</param>
    /// <returns>h (N, D) float32; the caller's.</returns>
    /// <exception cref="ArgumentException">The input is of another type, device or number of channels.</exception>
    Tensor Forward(Tensor input);
}
