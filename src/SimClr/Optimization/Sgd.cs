using SimClr.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace SimClr.Optimization;

/// <summary>
/// Stochastic gradient descent with momentum and coupled weight decay, as PyTorch defines it: the learning rate is outside the momentum.
/// </summary>
/// <remarks>
/// <code>
/// g ← g + λ·w
/// v ← μ·v + g            v = g at the first step
/// w ← w − lr·v           with Nesterov: w − lr·(g + μ·v)
/// </code>
/// State: <c>momentum.NAME</c> is v. TorchSharp's own optimizer is not used: its learning rate is part of the state, and its state has no
/// names. Not thread-safe.
/// </remarks>
public sealed class Sgd : IOptimizer
{
    private readonly ParameterState state;
    private readonly OptimizerOptions options;

    /// <summary>SGD over <paramref name="parameters"/>, starting from v = 0.</summary>
    /// <param name="parameters">Borrowed, with their names.</param>
    /// <param name="options">Used: Momentum, Nesterov, WeightDecay, ExcludeNormAndBias.</param>
    /// <param name="rateFactor">
    /// The factor on the learning rate of a parameter, by name (<see cref="OptimizerOptions.LayerDecay"/>); finite and ≥ 0. Null: 1 for
    /// all.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range, there is no parameter, or two have the same name.</exception>
    public Sgd(
        IEnumerable<(string Name, Parameter Parameter)> parameters, OptimizerOptions options, Func<string, double>? rateFactor = null)
    {
        state = new ParameterState(parameters, options, rateFactor, null, "momentum");
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
        if (ParameterState.Pieces(gradients, skip) is { } pieces)
        {
            TorchCpu.For(pieces.Count, i => Descend(pieces[i], learningRate * pieces[i].RateFactor));
            return;
        }
        foreach (var lists in ParameterLists.Of(gradients))
        {
            const double Dampening = 0;
            const bool Maximize = false, First = false;
            double λ = lists.Excluded ? 0 : options.Decay;
            Tensor[] velocities = lists.Kept[0];
            if (options.Momentum == 0)
            {
                for (int i = 0; i < velocities.Length; i++) velocities[i].copy_(lists.Gradients[i]).add_(lists.Weights[i], λ);
                velocities = []; // libtorch requires this
            }
            Dispatcher.Call("aten::_fused_sgd_", "", lists.Weights, lists.Gradients, velocities, λ,
                options.Momentum, learningRate * lists.RateFactor, Dampening, options.Nesterov, Maximize, First,
                new Dispatcher.Optional(null), new Dispatcher.Optional(skip));
        }
    }

    // Works on a piece that stays in the cache between the operations.
    private void Descend(ParameterPiece piece, double learningRate)
    {
        Span<float> w = piece.Weights, v = piece.First;
        var g = piece.Gradient;
        float μ = (float)options.Momentum, λ = (float)options.Decay, lr = (float)learningRate;
        bool decays = λ > 0 && !piece.Excluded;
        TensorPrimitives.MultiplyAdd(v, μ, g, v);
        if (decays) TensorPrimitives.MultiplyAdd(w, λ, v, v);
        if (!options.Nesterov)
        {
            TensorPrimitives.MultiplyAdd(v, -lr, w, w);
            return;
        }
        if (decays) TensorPrimitives.Multiply(w, (float)(1 - learningRate * options.Decay), w);
        TensorPrimitives.MultiplyAdd(g, -lr, w, w);
        TensorPrimitives.MultiplyAdd(v, (float)(-learningRate * options.Momentum), w, w);
    }

    /// <inheritdoc/>
    public void ZeroGradients() => state.ZeroGradients();

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state) => this.state.Load(state);

    /// <summary>Frees the state. The parameters stay.</summary>
    public void Dispose() => state.Dispose();
}
