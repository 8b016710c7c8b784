using SimClr.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace SimClr.Optimization;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch defines it: the decay is scaled by the learning rate.
/// </summary>
/// <remarks>
/// <code>
/// w ← w − lr·λ·w                           unless excluded
/// m ← β₁·m + (1 − β₁)·g
/// v ← β₂·v + (1 − β₂)·g²
/// w ← w − lr · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)        t = 1 at the first step
/// </code>
/// State: <c>exp_avg.NAME</c> is m; <c>exp_avg_sq.NAME</c> is v; <c>step</c> is t, () int64 on the CPU. All parameters share one t. PyTorch
/// counts it per parameter, which differs if a parameter has no gradient in some steps. TorchSharp's own optimizer is not used: its
/// learning rate is part of the state, and its state has no names. Not thread-safe.
/// </remarks>
public sealed class AdamW : IOptimizer
{
    private readonly ParameterState state;
    private readonly OptimizerOptions options;
    private readonly Tensor step;

    /// <summary>AdamW over <paramref name="parameters"/>, starting from m = v = 0, t = 0.</summary>
    /// <param name="parameters">Borrowed, with their names.</param>
    /// <param name="options">Used: WeightDecay, Beta1, Beta2, Epsilon, ExcludeNormAndBias.</param>
    /// <param name="rateFactor">
    /// The factor on the learning rate of a parameter, by name (<see cref="OptimizerOptions.LayerDecay"/>); finite and ≥ 0. Null: 1 for
    /// all.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range, there is no parameter, or two have the same name.</exception>
    public AdamW(
        IEnumerable<(string Name, Parameter Parameter)> parameters, OptimizerOptions options, Func<string, double>? rateFactor = null)
    {
        state = new ParameterState(parameters, options, rateFactor, null, "exp_avg", "exp_avg_sq");
        step = state.Keep("step", tensor(0L));
        this.options = options;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State => state.Tensors;

    /// <inheritdoc/>
    public void Step(double learningRate, Tensor? skip = null)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var gradients = state.Gradients(learningRate);
        using Scalar one = 1L;
        long t = step.add_(one).item<long>();
        if (ParameterState.Pieces(gradients, skip) is { } pieces)
        {
            TorchCpu.For(pieces.Count, i => Descend(pieces[i], learningRate * pieces[i].RateFactor, t));
            return;
        }
        var steps = full([], t, ScalarType.Float32, gradients[0].Slot.Parameter.device);
        foreach (var lists in ParameterLists.Of(gradients))
        {
            const bool Amsgrad = false, Maximize = false;
            Dispatcher.Call("aten::_fused_adamw_", "", lists.Weights, lists.Gradients, lists.Kept[0], lists.Kept[1], Array.Empty<Tensor>(),
                Enumerable.Repeat(steps, lists.Weights.Length).ToArray(),
                learningRate * lists.RateFactor, options.Beta1, options.Beta2, lists.Excluded ? 0.0 : options.Decay, options.Epsilon,
                Amsgrad, Maximize, new Dispatcher.Optional(null), new Dispatcher.Optional(skip));
        }
    }

    // Works on a piece that stays in the cache between the operations.
    private void Descend(ParameterPiece piece, double learningRate, long t)
    {
        Span<float> w = piece.Weights, m = piece.First, v = piece.Second, temporary = stackalloc float[w.Length];
        var g = piece.Gradient;
        if (options.Decay > 0 && !piece.Excluded) TensorPrimitives.Multiply(w, (float)(1 - learningRate * options.Decay), w);
        TensorPrimitives.Multiply(m, (float)options.Beta1, m);
        TensorPrimitives.MultiplyAdd(g, (float)(1 - options.Beta1), m, m);
        TensorPrimitives.Multiply(v, (float)options.Beta2, v);
        TensorPrimitives.Multiply(g, g, temporary);
        TensorPrimitives.MultiplyAdd(temporary, (float)(1 - options.Beta2), v, v);
        TensorPrimitives.Sqrt(v, temporary);
        TensorPrimitives.Divide(temporary, (float)Math.Sqrt(1 - Math.Pow(options.Beta2, t)), temporary);
        TensorPrimitives.Add(temporary, (float)options.Epsilon, temporary);
        TensorPrimitives.Divide(m, temporary, temporary);
        TensorPrimitives.MultiplyAdd(temporary, (float)(-learningRate / (1 - Math.Pow(options.Beta1, t))), w, w);
    }

    /// <inheritdoc/>
    public void ZeroGradients() => state.ZeroGradients();

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state) => this.state.Load(state);

    /// <summary>Frees the state. The parameters stay.</summary>
    public void Dispose() => state.Dispose();
}
