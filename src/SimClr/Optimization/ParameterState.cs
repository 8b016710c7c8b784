using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SimClr.Optimization;

/// <summary>What the optimizers have in common: the borrowed parameters, and the named tensors kept for each.</summary>
internal sealed class ParameterState : IDisposable
{
    private readonly List<Slot> slots = [];
    private readonly Dictionary<string, Tensor> tensors = [];

    /// <summary>One parameter, the tensors kept for it in the order of their kinds, and whether decay and adaptation leave it out.</summary>
    internal sealed record Slot(string Name, Parameter Parameter, Tensor[] Kept, bool Excluded);

    /// <param name="parameters">Borrowed.</param>
    /// <param name="options">Checked here.</param>
    /// <param name="kinds">The kinds of tensor kept for each parameter; they begin at 0.</param>
    public ParameterState(IEnumerable<(string Name, Parameter Parameter)> parameters, OptimizerOptions options, params string[] kinds)
    {
        options.Validate();
        var named = parameters.ToList();
        if (named.Count == 0) throw new ArgumentException("There is no parameter to optimize.", nameof(parameters));
        if (named.CountBy(p => p.Name).FirstOrDefault(n => n.Value > 1).Key is { } twice)
            throw new ArgumentException($"Two parameters have the name {twice}.", nameof(parameters));
        foreach (var (name, parameter) in named)
        {
            var kept = kinds.Select(kind => Keep($"{kind}.{name}", zeros_like(parameter, requires_grad: false))).ToArray();
            slots.Add(new Slot(name, parameter, kept, options.ExcludeNormAndBias && parameter.ndim <= 1));
        }
    }

    public IReadOnlyDictionary<string, Tensor> Tensors => tensors;

    /// <summary>Owns <paramref name="tensor"/> from here on, as part of the state.</summary>
    public Tensor Keep(string name, Tensor tensor) => tensors[name] = tensor.DetachFromDisposeScope();

    /// <summary>Every parameter that has a gradient, with it, which belongs to the caller's dispose scope, after the checks of <see cref="IOptimizer.Step"/>.</summary>
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

    /// <summary>The memory of all parameters, to be changed by a few loops instead of by operations; null where it is not in reach: on a GPU, in another type. None are to be changed where skip is 1.</summary>
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
                $"The state is of another optimizer or another model: {missing.Count} tensors are missing{First(missing)} and {unknown.Count} are unknown{First(unknown)}.");
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
