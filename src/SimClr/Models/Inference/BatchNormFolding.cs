using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>
/// A batch norm in evaluation mode, folded in float64 into the convolution before it: the same function up to float32's rounding.
/// With s = γ/√(σ² + ε) the weight becomes s·W, and the bias β − s·μ.
/// </summary>
/// <param name="state">A network's tensors by state-dict name; borrowed.</param>
internal sealed class BatchNormFolding(IReadOnlyDictionary<string, Tensor> state)
{
    private const double Epsilon = 1e-5; // BatchNorm2d's

    /// <summary>(C', C, k, k) float64 on the CPU; the caller's, with what led to it in the scope it is called in.</summary>
    public Tensor Weight(string convolution, string norm) => Float64($"{convolution}.weight") * Scale(norm).reshape(-1, 1, 1, 1);

    /// <summary>(C') float64 on the CPU; as <see cref="Weight"/>.</summary>
    public Tensor Bias(string norm) => Float64($"{norm}.bias") - Float64($"{norm}.running_mean") * Scale(norm);

    /// <summary>W₁ of a <see cref="SelectiveKernel"/> on the mean of both paths side by side, (R, 2C, 1, 1); as <see cref="Weight"/>.</summary>
    public Tensor Reduce(string selection)
    {
        var weight = Weight($"{selection}.reduce", $"{selection}.norm");
        return cat([weight, weight], 1);
    }

    /// <summary>W₂ of a <see cref="SelectiveKernel"/> for the difference of the paths' logits, (C, R, 1, 1); as <see cref="Weight"/>.</summary>
    public Tensor Expand(string selection)
    {
        var paths = Float64($"{selection}.expand.weight").chunk(2);
        return paths[0] - paths[1];
    }

    private Tensor Scale(string norm) => Float64($"{norm}.weight") / (Float64($"{norm}.running_var") + Epsilon).sqrt();

    private Tensor Float64(string name) => state[name].detach().cpu().to(ScalarType.Float64);
}
