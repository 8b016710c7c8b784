using System.Security.Cryptography;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// Proves that an evaluation does not change an encoder. The encoder is in eval mode, so batch normalisation uses its running statistics,
/// and no parameter or buffer (running statistics included) changes by a bit.
/// </summary>
/// <remarks>One thread at a time.</remarks>
public sealed class FrozenGuard
{
    private readonly nn.Module module;
    private readonly List<(string Name, byte[] Sha256)> before;

    /// <summary>Hashes the bytes of every parameter and buffer with SHA-256, in the order of their state-dict names.</summary>
    /// <param name="module">Borrowed; it must outlive the last <see cref="Check"/>.</param>
    /// <exception cref="InvalidOperationException">The module or a child is in training mode.</exception>
    public FrozenGuard(nn.Module module)
    {
        this.module = module;
        RequireEvaluationMode();
        before = Hash();
    }

    /// <summary>Compares the hashes with those of the constructor.</summary>
    /// <exception cref="InvalidOperationException">
    /// A tensor changed, was added or removed (the message names the first), or a module is in training mode.
    /// </exception>
    public void Check()
    {
        RequireEvaluationMode();
        var after = Hash();
        for (int i = 0; i < Math.Max(before.Count, after.Count); i++)
        {
            if (i == after.Count || (i < before.Count && string.CompareOrdinal(before[i].Name, after[i].Name) < 0))
                throw new InvalidOperationException($"The encoder was not frozen: {before[i].Name} went while it was evaluated.");
            if (i == before.Count || before[i].Name != after[i].Name)
                throw new InvalidOperationException($"The encoder was not frozen: {after[i].Name} came while it was evaluated.");
            if (!before[i].Sha256.AsSpan().SequenceEqual(after[i].Sha256))
                throw new InvalidOperationException($"The encoder was not frozen: {before[i].Name} changed while it was evaluated.");
        }
    }

    private void RequireEvaluationMode()
    {
        var (name, training) = module.named_modules().Prepend(("", module)).FirstOrDefault(m => m.Item2.training);
        if (training is not null)
            throw new InvalidOperationException($"The encoder must be in eval mode; {(name == "" ? "it" : name)} is in training mode.");
    }

    private List<(string Name, byte[] Sha256)> Hash()
    {
        using var scope = NewDisposeScope();
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var hashes = new List<(string Name, byte[] Sha256)>();
        foreach (var (name, tensor) in module.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            foreach (var piece in TensorChunks.Of(tensor.detach().cpu().contiguous())) sha.AppendData(piece.bytes);
            hashes.Add((name, sha.GetHashAndReset()));
        }
        return hashes;
    }
}
