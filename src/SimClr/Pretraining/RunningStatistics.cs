using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Pretraining;

/// <summary>
/// A copy of the networks' buffers (the batch norms' running statistics) before a step. The forward pass changes them, and a refused step
/// must leave no trace. Everything here only enqueues work, except <see cref="AreFinite"/>, which waits.
/// </summary>
internal sealed class RunningStatistics : IDisposable
{
    // By dtype: each buffer flat, and one tensor of all of them as they were.
    private readonly List<(Tensor[] Buffers, Tensor Kept)> groups = [];

    /// <summary>Copies the buffers. A buffer that is not row-major becomes so.</summary>
    /// <param name="models">Borrowed, on their device.</param>
    public RunningStatistics(IEnumerable<Module> models)
    {
        using var scope = NewDisposeScope();
        foreach (var group in models.SelectMany(model => model.buffers()).GroupBy(buffer => buffer.dtype))
        {
            foreach (var scattered in group.Where(buffer => !buffer.is_contiguous())) scattered.set_(scattered.contiguous());
            Tensor[] flat = [.. group.Select(buffer => buffer.detach().view(-1))];
            // cat of a single tensor is an alias
            groups.Add((Array.ConvertAll(flat, buffer => buffer.DetachFromDisposeScope()), cat(flat).clone().DetachFromDisposeScope()));
        }
    }

    /// <summary>Copies the buffers again.</summary>
    /// <param name="unless">
    /// () float32 on their device: if it is 1, the old copy stays; the host does not read it. Null means 0. Borrowed.
    /// </param>
    public void Keep(Tensor? unless = null)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (buffers, kept) in groups) kept.copy_(unless is null ? cat(buffers) : where(unless.gt(0), kept, cat(buffers)));
    }

    /// <summary>A number that is finite if all buffers are: () float32 on their device; owned by the caller.</summary>
    public Tensor Sum()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var sums = groups.Where(g => g.Kept.is_floating_point()).Select(g => cat(g.Buffers).sum().to(float32)).ToList();
        return (sums.Count > 0 ? stack(sums).sum() : zeros([])).MoveToOuterDisposeScope();
    }

    /// <summary>Whether all buffers are finite.</summary>
    public bool AreFinite()
    {
        using var sum = Sum();
        return float.IsFinite(sum.item<float>());
    }

    /// <summary>Restores the buffers.</summary>
    public void Restore()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (buffers, kept) in groups)
        {
            foreach (var (buffer, was) in buffers.Zip(kept.split([.. buffers.Select(b => b.numel())]))) buffer.copy_(was);
        }
    }

    public void Dispose()
    {
        foreach (var (buffers, kept) in groups)
        {
            foreach (var buffer in buffers) buffer.Dispose();
            kept.Dispose();
        }
    }
}
