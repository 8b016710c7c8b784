using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// Folds a batch norm in evaluation mode into the convolution before it, in float64: the same function up to float32's rounding. With s =
/// γ/√(σ² + ε) the weight becomes s·W, and the bias β − s·μ.
/// </summary>
/// <param name="state">The tensors of a network by state-dict name; borrowed.</param>
internal sealed class BatchNormFolding(IReadOnlyDictionary<string, Tensor> state)
{
    private const double Epsilon = 1e-5; // BatchNorm2d's

    /// <summary>(C', C, k, k) float64 on the CPU; owned by the caller. Intermediate tensors stay in the caller's dispose scope.</summary>
    public Tensor Weight(string convolution, string norm) => Float64($"{convolution}.weight") * Scale(norm).reshape(-1, 1, 1, 1);

    /// <summary>(C') float64 on the CPU; owned as for <see cref="Weight"/>.</summary>
    public Tensor Bias(string norm) => Float64($"{norm}.bias") - Float64($"{norm}.running_mean") * Scale(norm);

    private Tensor Scale(string norm) => Float64($"{norm}.weight") / (Float64($"{norm}.running_var") + Epsilon).sqrt();

    /// <summary>A tensor of the network, in float64 on the CPU; owned as for <see cref="Weight"/>.</summary>
    public Tensor Float64(string name) => state[name].detach().cpu().to(ScalarType.Float64);
}
