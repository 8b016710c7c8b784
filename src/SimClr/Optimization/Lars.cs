using SimClr.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace SimClr.Optimization;

/// <summary>
/// Layer-wise adaptive rate scaling (You et al. 2017), in the form used for the paper (google-research/simclr, lars_optimizer.py): the
/// learning rate is inside the momentum.
/// </summary>
/// <remarks>
/// <code>
/// g ← g + λ·w                              unless excluded
/// r = η·‖w‖ / ‖g‖                          1 if excluded, not adapted, or either norm is 0
/// v ← μ·v + lr·r·g
/// w ← w − v                                with Nesterov: w − (μ·v + lr·r·g)
/// </code>
/// The usual PyTorch ports differ: they take the norm before the decay, multiply by lr after the momentum (a different path whenever lr
/// changes), and skip the adaptation if λ = 0. State: <c>momentum.NAME</c> is v. The learning rate is an argument and the state has names,
/// so that both can be saved. Not thread-safe.
/// </remarks>
public sealed class Lars : IOptimizer
{
    private readonly ParameterState state;
    private readonly OptimizerOptions options;

    /// <summary>LARS over <paramref name="parameters"/>, starting from v = 0.</summary>
    /// <param name="parameters">Borrowed, with their names.</param>
    /// <param name="options">Used: Momentum, Nesterov, WeightDecay, TrustCoefficient, ExcludeNormAndBias.</param>
    /// <param name="rateFactor">
    /// The factor on the learning rate of a parameter, by name (<see cref="OptimizerOptions.LayerDecay"/>); finite and ≥ 0. Null: 1 for
    /// all.
    /// </param>
    /// <param name="adapted">
    /// Whether a parameter that is not excluded is adapted, by name. Google's code does not adapt the classification layer
    /// (<c>head_supervised</c>). Null: all are.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range, there is no parameter, or two have the same name.</exception>
    public Lars(IEnumerable<(string Name, Parameter Parameter)> parameters, OptimizerOptions options,
        Func<string, double>? rateFactor = null, Func<string, bool>? adapted = null)
    {
        state = new ParameterState(parameters, options, rateFactor, adapted, "momentum");
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
            var rates = Rates(pieces, gradients.Count);
            TorchCpu.For(pieces.Count, i => Descend(pieces[i], learningRate * pieces[i].RateFactor, rates[pieces[i].Slot]));
            return;
        }
        skip ??= zeros([], ScalarType.Float32, gradients[0].Slot.Parameter.device);
        foreach (var lists in ParameterLists.Of(gradients)) ForeachKernels.Lars(lists, skip, options, learningRate);
    }

    /// <inheritdoc/>
    public void ZeroGradients() => state.ZeroGradients();

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state) => this.state.Load(state);

    /// <summary>Frees the state. The parameters stay.</summary>
    public void Dispose() => state.Dispose();

    // r of every parameter. The sums of the pieces are added in order, whichever thread made them.
    private float[] Rates(List<ParameterPiece> pieces, int parameters)
    {
        var squares = new (float W, float G)[pieces.Count];
        TorchCpu.For(pieces.Count, i =>
        {
            if (!pieces[i].Adapted) return;
            Span<float> g = stackalloc float[pieces[i].Weights.Length];
            TensorPrimitives.MultiplyAdd(pieces[i].Weights, (float)options.Decay, pieces[i].Gradient, g);
            squares[i] = (TensorPrimitives.SumOfSquares<float>(pieces[i].Weights), TensorPrimitives.SumOfSquares<float>(g));
        });
        var (w2, g2) = (new double[parameters], new double[parameters]);
        for (int i = 0; i < pieces.Count; i++)
        {
            w2[pieces[i].Slot] += squares[i].W;
            g2[pieces[i].Slot] += squares[i].G;
        }
        // parameters that are not adapted have 0
        return [.. w2.Zip(g2, (w, g) => w == 0 || g == 0 ? 1 : (float)(options.TrustCoefficient * Math.Sqrt(w / g)))];
    }

    // Works on a piece that stays in the cache between the operations.
    private void Descend(ParameterPiece piece, double learningRate, float r)
    {
        Span<float> w = piece.Weights, v = piece.First, g = stackalloc float[w.Length];
        piece.Gradient.CopyTo(g);
        if (!piece.Excluded) TensorPrimitives.MultiplyAdd(w, (float)options.Decay, g, g);
        TensorPrimitives.Multiply(g, r, g);
        TensorPrimitives.Multiply(v, (float)options.Momentum, v);
        TensorPrimitives.MultiplyAdd(g, (float)learningRate, v, v);
        if (!options.Nesterov)
        {
            TensorPrimitives.Subtract(w, v, w);
            return;
        }
        TensorPrimitives.MultiplyAdd(g, (float)-learningRate, w, w);
        TensorPrimitives.MultiplyAdd(v, (float)-options.Momentum, w, w);
    }
}
