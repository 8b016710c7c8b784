using System.Security.Cryptography;
using System.Text;
using SimClr.Interchange;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>Puts saved weights into a network, and tells networks apart by their weights.</summary>
public static class ModelState
{
    /// <summary>Copies every parameter and buffer by name.</summary>
    /// <param name="module">The network; its tensors keep their device and memory order.</param>
    /// <param name="state">By state-dict name; borrowed. Must have exactly the network's names and shapes.</param>
    /// <exception cref="ArgumentException">A name is missing or unknown, or a shape differs; the first is named, and nothing was changed.</exception>
    public static void Load(Module module, IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(state);
        var target = module.state_dict();
        foreach (var (name, tensor) in target)
        {
            if (!state.TryGetValue(name, out var saved))
                throw new ArgumentException($"The weights lack {name}: they are of another architecture.", nameof(state));
            if (!saved.shape.AsSpan().SequenceEqual(tensor.shape))
                throw new ArgumentException($"{name} is ({string.Join(", ", saved.shape)}) in the weights and ({string.Join(", ", tensor.shape)}) in the network.", nameof(state));
        }
        if (state.Keys.FirstOrDefault(name => !target.ContainsKey(name)) is { } unknown)
            throw new ArgumentException($"The weights hold {unknown}, which the network has not: they are of another architecture.", nameof(state));

        using var _ = no_grad();
        foreach (var (name, tensor) in target) tensor.copy_(state[name]);
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
            foreach (var piece in Safetensors.Pieces(tensor.detach().cpu().contiguous())) sha.AppendData(piece.bytes);
        }
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
