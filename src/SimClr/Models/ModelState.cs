using System.Security.Cryptography;
using System.Text;
using SimClr.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>Puts saved weights into a network, and tells networks apart by their weights.</summary>
public static class ModelState
{
    /// <summary>Copies every parameter and buffer by name.</summary>
    /// <param name="module">The network; its tensors keep their device and memory order.</param>
    /// <param name="state">By state-dict name; borrowed. Must have exactly the network's names and shapes.</param>
    /// <exception cref="InvalidDataException">
    /// A name is missing or unknown, a shape differs, a value is not finite or a running variance negative; the first is named, and nothing was changed.
    /// </exception>
    public static void Load(Module module, IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(state);
        var target = module.state_dict();
        foreach (var (name, tensor) in target)
        {
            if (!state.TryGetValue(name, out var saved))
                throw new InvalidDataException($"The weights lack {name}: they are of another architecture.");
            if (!saved.shape.AsSpan().SequenceEqual(tensor.shape))
                throw new InvalidDataException($"{name} is ({string.Join(", ", saved.shape)}) in the weights and ({string.Join(", ", tensor.shape)}) in the network.");
        }
        if (state.Keys.FirstOrDefault(name => !target.ContainsKey(name)) is { } unknown)
            throw new InvalidDataException($"The weights hold {unknown}, which the network has not: they are of another architecture.");

        using var _ = no_grad();
        using var scope = NewDisposeScope();
        if (FaultOf(target.Select(t => KeyValuePair.Create(t.Key, state[t.Key].to(t.Value.dtype)))) is { } fault)
            throw new InvalidDataException($"{fault}: such a network computes nothing.");
        foreach (var (name, tensor) in target) tensor.copy_(state[name]);
    }

    /// <summary>
    /// What of a state no trained network has: the first tensor with a value that is not finite, or with a negative variance (<c>running_var</c>).
    /// </summary>
    /// <param name="state">By state-dict name; borrowed.</param>
    /// <returns>A sentence's beginning, with the tensor's name; null where all is well.</returns>
    internal static string? FaultOf(IEnumerable<KeyValuePair<string, Tensor>> state)
    {
        using var _ = no_grad();
        foreach (var (name, tensor) in state.Where(t => t.Value.is_floating_point()))
        {
            using var scope = NewDisposeScope();
            var values = tensor.detach();
            // A sum of finite numbers may overflow; one that is finite has no others in it.
            if (!values.sum().isfinite().item<bool>() && values.isfinite().logical_not().sum().item<long>() is > 0 and var broken)
                return $"{name} has {broken} of {values.numel()} values that are not finite";
            if (name.EndsWith("running_var", StringComparison.Ordinal) && values.lt(0).any().item<bool>())
                return $"{name} has a negative variance";
        }
        return null;
    }

    /// <summary>Refuses weights that no trained network has: with a value that is not finite as float32, or a negative running variance. A ReLU hides them, and what comes out looks plausible.</summary>
    /// <param name="state">By state-dict name; borrowed.</param>
    /// <param name="source">What the error calls the file.</param>
    /// <exception cref="InvalidDataException">The message names the file and the tensor.</exception>
    public static void RequireFinite(IEnumerable<KeyValuePair<string, Tensor>> state, string source)
    {
        ArgumentNullException.ThrowIfNull(state);
        using var scope = NewDisposeScope();
        if (FaultOf(state.Select(t => KeyValuePair.Create(t.Key, t.Value.dtype == ScalarType.Float64 ? t.Value.to(ScalarType.Float32) : t.Value))) is { } fault)
            throw new InvalidDataException($"{source}: {fault}. Such a network computes nothing: take weights from before its training diverged.");
    }

    /// <summary>The tensors whose names begin with a prefix, under what follows it: of a model's state that of one of its modules.</summary>
    /// <param name="state">Borrowed, as the result is.</param>
    /// <param name="prefix">For example <c>head.</c>.</param>
    public static Dictionary<string, Tensor> Under(IReadOnlyDictionary<string, Tensor> state, string prefix)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
    }

    /// <summary>The SHA-256, in lower-case hexadecimals, of the names, shapes and bytes of all parameters and buffers, whatever file they came from.</summary>
    /// <param name="module">Borrowed.</param>
    public static string Sha256(Module module)
    {
        using var scope = NewDisposeScope();
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in module.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            sha.AppendData(Encoding.UTF8.GetBytes($"{name} ({string.Join(", ", tensor.shape)}) {tensor.dtype}\n"));
            foreach (var piece in TensorChunks.Of(tensor.detach().cpu().contiguous())) sha.AppendData(piece.bytes);
        }
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
