using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>Makes of sums over this process's share of a batch the sums over the whole batch, in place: the same numbers on every rank. Called in the same order on all of them.</summary>
/// <param name="sums">float64 on the activation's device. Forward Σ x (C), Σ x² (C) and the number of values a channel; backward Σ g (C) and Σ g·(x − μ) (C).</param>
internal delegate void ReduceSums(Tensor sums);
