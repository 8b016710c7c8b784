using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// Turns sums over this process's share of a batch into sums over the whole batch, in place. Every rank gets the same numbers. All ranks
/// make the calls in the same order.
/// </summary>
/// <param name="sums">
/// float64, on the activation's device. Forward: Σ x (C), Σ x² (C) and the number of values per channel. Backward: Σ g (C) and Σ g·(x − μ)
/// (C).
/// </param>
internal delegate void ReduceSums(Tensor sums);
