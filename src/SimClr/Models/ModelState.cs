using System.Security.Cryptography;
using System.Text;
using SimClr.Images;
using SimClr.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>Loads saved weights into a network, and identifies networks by their weights.</summary>
public static class ModelState
{
    /// <summary>Copies every parameter and buffer by name.</summary>
    /// <param name="module">The network. Its tensors keep their device and memory format.</param>
    /// <param name="state">By state-dict name; borrowed. It must have exactly the names and shapes of the network.</param>
    /// <exception cref="InvalidDataException">
    /// A name is missing or unknown, a shape differs, a value is not finite, or a running variance is negative. The message names the
    /// first; the network does not change.
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
                throw new InvalidDataException(
                    $"{name} is ({string.Join(", ", saved.shape)}) in the weights and ({string.Join(", ", tensor.shape)}) in the network.");
        }
        if (state.Keys.FirstOrDefault(name => !target.ContainsKey(name)) is { } unknown)
            throw new InvalidDataException($"The weights hold {unknown}, which the network has not: they are of another architecture.");

        using var _ = no_grad();
        using var scope = NewDisposeScope();
        if (FaultOf(target.Select(t => KeyValuePair.Create(t.Key, state[t.Key].to(t.Value.dtype)))) is { } fault)
            throw new InvalidDataException($"{fault}: such a network computes nothing.");
        foreach (var (name, tensor) in target) tensor.copy_(state[name]);
    }

    /// <summary>As <see cref="Load"/>; the message begins with whose weights they are.</summary>
    internal static void LoadFrom(string whose, Module module, IReadOnlyDictionary<string, Tensor> state)
    {
        try
        {
            Load(module, state);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{whose}: {e.Message}", e);
        }
    }

    /// <summary>
    /// The first impossible tensor of a state: one with a value that is not finite, or a negative variance (<c>running_var</c>).
    /// </summary>
    /// <param name="state">By state-dict name; borrowed.</param>
    /// <returns>The beginning of a sentence that names the tensor; null if all are possible.</returns>
    internal static string? FaultOf(IEnumerable<KeyValuePair<string, Tensor>> state)
    {
        using var _ = no_grad();
        foreach (var (name, tensor) in state.Where(t => t.Value.is_floating_point()))
        {
            using var scope = NewDisposeScope();
            var values = tensor.detach();
            // A sum of finite numbers may overflow. But if the sum is finite, all numbers are.
            if (!values.sum().isfinite().item<bool>() && values.isfinite().logical_not().sum().item<long>() is > 0 and var broken)
                return $"{name} has {broken} of {values.numel()} values that are not finite";
            if (name.EndsWith("running_var", StringComparison.Ordinal) && values.lt(0).any().item<bool>())
                return $"{name} has a negative variance";
        }
        return null;
    }

    /// <summary>
    /// Refuses impossible weights: values that are not finite as float32, and negative running variances. A ReLU can hide them, and the
    /// output looks plausible.
    /// </summary>
    /// <param name="state">By state-dict name; borrowed.</param>
    /// <param name="source">The name of the file in the error message.</param>
    /// <exception cref="InvalidDataException">The message names the file and the tensor.</exception>
    public static void RequireFinite(IEnumerable<KeyValuePair<string, Tensor>> state, string source)
    {
        ArgumentNullException.ThrowIfNull(state);
        using var scope = NewDisposeScope();
        if (FaultOf(state.Select(
            t => KeyValuePair.Create(t.Key, t.Value.dtype == ScalarType.Float64 ? t.Value.to(ScalarType.Float32) : t.Value))) is { } fault)
            throw new InvalidDataException(
                $"{source}: {fault}. Such a network computes nothing: take weights from before its training diverged.");
    }

    /// <summary>The tensors whose names begin with a prefix, without the prefix: the state of one module of a model.</summary>
    /// <param name="state">Borrowed, as the result is.</param>
    /// <param name="prefix">For example <c>head.</c>.</param>
    public static Dictionary<string, Tensor> Under(IReadOnlyDictionary<string, Tensor> state, string prefix)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
    }

    /// <summary>
    /// Identifies the vectors of an encoder: a SHA-256 over its tensors (<see cref="Sha256"/>), over what they do not show of it (a stride,
    /// a script's program), and over the preprocessing of its images. In lower-case hexadecimal.
    /// </summary>
    /// <param name="encoder">Borrowed.</param>
    /// <param name="preprocessing">The preprocessing of its images.</param>
    internal static string Identify(Module encoder, Preprocessing preprocessing)
    {
        string what = EncoderFacts.Of(encoder)?.Options is { } options
            ? $"{options.Identity}, {(options as ScriptOptions)?.Sha256}" : "";
        return Convert.ToHexStringLower(SHA256.HashData(
            Encoding.UTF8.GetBytes($"{Sha256(encoder)}\n{what}\n{preprocessing.Description}")));
    }

    /// <summary>
    /// The SHA-256, in lower-case hexadecimal, of the names, shapes and bytes of all parameters and buffers. It does not depend on the file
    /// format.
    /// </summary>
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
