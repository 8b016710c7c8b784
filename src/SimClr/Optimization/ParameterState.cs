using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SimClr.Optimization;

/// <summary>The common part of the optimizers: the borrowed parameters, and the named state of each.</summary>
internal sealed class ParameterState : IDisposable
{
    private readonly List<Slot> slots = [];
    private readonly Dictionary<string, Tensor> tensors = [];

    /// <summary>
    /// One parameter: its state in the order of the kinds, whether it is excluded from decay and adaptation, whether LARS adapts it, and
    /// the factor on its learning rate.
    /// </summary>
    internal sealed record Slot(string Name, Parameter Parameter, Tensor[] Kept, bool Excluded, bool Adapted, double RateFactor);

    /// <param name="parameters">Borrowed.</param>
    /// <param name="options">The options; checked here.</param>
    /// <param name="rateFactor">The factor on the learning rate of a parameter, by name; null: 1 for all.</param>
    /// <param name="adapted">Whether LARS adapts a parameter that is not excluded, by name; null: all.</param>
    /// <param name="kinds">The kinds of state per parameter. All start at 0.</param>
    public ParameterState(IEnumerable<(string Name, Parameter Parameter)> parameters, OptimizerOptions options,
        Func<string, double>? rateFactor, Func<string, bool>? adapted, params string[] kinds)
    {
        options.Validate();
        var named = parameters.ToList();
        if (named.Count == 0) throw new ArgumentException("There is no parameter to optimize.", nameof(parameters));
        if (named.CountBy(p => p.Name).FirstOrDefault(n => n.Value > 1).Key is { } twice)
            throw new ArgumentException($"Two parameters have the name {twice}.", nameof(parameters));
        foreach (var (name, parameter) in named)
        {
            var kept = kinds.Select(kind => Keep($"{kind}.{name}", zeros_like(parameter, requires_grad: false))).ToArray();
            bool excluded = options.ExcludeNormAndBias && IsVector(parameter.shape);
            slots.Add(new Slot(name, parameter, kept, excluded, !excluded && (adapted?.Invoke(name) ?? true), RateFactor(name)));
        }

        double RateFactor(string name) => rateFactor?.Invoke(name) switch
        {
            null => 1,
            double factor when factor is >= 0 and < double.PositiveInfinity => factor,
            var other => throw new ArgumentOutOfRangeException(
                nameof(rateFactor), other, $"The factor on the learning rate of {name} must be finite and not negative."),
        };
    }

    // Biases and the scales of norms; a class token (1, 1, D) and LayerScale's factors (C, 1, 1) too, but no matrix.
    private static bool IsVector(long[] shape) => shape.Length <= 1 || (shape.Length == 3 && shape.Count(side => side == 1) >= 2);

    public IReadOnlyDictionary<string, Tensor> Tensors => tensors;

    /// <summary>Makes <paramref name="tensor"/> part of the state, which owns it from here on.</summary>
    public Tensor Keep(string name, Tensor tensor) => tensors[name] = tensor.DetachFromDisposeScope();

    /// <summary>
    /// Every parameter that has a gradient, with that gradient, which belongs to the caller's dispose scope. First checks as
    /// <see cref="IOptimizer.Step"/> says.
    /// </summary>
    public IReadOnlyList<(Slot Slot, Tensor Gradient)> Gradients(double learningRate)
    {
        if (learningRate is not (>= 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, "The learning rate must be finite and not negative.");
        var gradients = new List<(Slot, Tensor)>(slots.Count);
        foreach (var slot in slots)
        {
            if (slot.Parameter.grad is { } gradient) gradients.Add((slot, gradient));
        }
        return gradients.Count > 0 ? gradients : throw new InvalidOperationException(
            $"No parameter has a gradient, {slots[0].Name} the first of them: no backward pass since the last ZeroGradients reached one.");
    }

    /// <summary>
    /// The memory of all parameters in pieces, for loops instead of tensor operations. Null if it is on a GPU or of another dtype. Empty if
    /// skip is 1.
    /// </summary>
    public static List<ParameterPiece>? Pieces(IReadOnlyList<(Slot Slot, Tensor Gradient)> gradients, Tensor? skip)
    {
        if (skip is { device_type: TorchSharp.DeviceType.CPU } && skip.item<float>() == 1) return [];
        var pieces = new List<ParameterPiece>();
        for (int i = 0; i < gradients.Count; i++)
        {
            if (!ParameterPiece.Cut(i, gradients[i].Slot, gradients[i].Gradient, pieces)) return null;
        }
        return pieces;
    }

    public void ZeroGradients()
    {
        foreach (var slot in slots) slot.Parameter.grad = null;
    }

    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        var missing = tensors.Keys.Except(state.Keys).ToList();
        var unknown = state.Keys.Except(tensors.Keys).ToList();
        if (missing.Count + unknown.Count > 0)
        {
            throw new InvalidDataException(
                $"The state is of another optimizer or another model: {missing.Count} tensors are missing{First(missing)} " +
                $"and {unknown.Count} are unknown{First(unknown)}.");
        }
        foreach (var (name, own) in tensors)
        {
            if (!state[name].shape.AsSpan().SequenceEqual(own.shape) || state[name].dtype != own.dtype)
                throw new InvalidDataException($"The state's {name} is {Describe(state[name])}; this optimizer's is {Describe(own)}.");
        }
        using var noGrad = no_grad();
        foreach (var (name, own) in tensors) own.copy_(state[name]);
    }

    public void Dispose()
    {
        foreach (var tensor in tensors.Values) tensor.Dispose();
    }

    private static string First(List<string> names) => names.Count == 0 ? "" : $" ({names[0]}{(names.Count > 1 ? ", …" : "")})";

    private static string Describe(Tensor tensor) => $"({string.Join(", ", tensor.shape)}) {tensor.dtype}";
}
