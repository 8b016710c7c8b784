using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Pretraining;

/// <summary>
/// The networks' buffers, the batch norms' running statistics, as they were before a step: its forward pass changes them, and one that is
/// refused must leave no trace. Everything here enqueues its work and waits for nothing, but for <see cref="AreFinite"/>.
/// </summary>
internal sealed class RunningStatistics : IDisposable
{
    // By type, each buffer flat; and the same one after the other, as they were.
    private readonly List<(Tensor[] Buffers, Tensor Kept)> groups = [];

    /// <summary>Keeps them as they are now. One whose memory is not in row-major order is laid out in it.</summary>
    /// <param name="models">Borrowed, on their device.</param>
    public RunningStatistics(IEnumerable<Module> models)
    {
        using var scope = NewDisposeScope();
        foreach (var group in models.SelectMany(model => model.buffers()).GroupBy(buffer => buffer.dtype))
        {
            foreach (var scattered in group.Where(buffer => !buffer.is_contiguous())) scattered.set_(scattered.contiguous());
            Tensor[] flat = [.. group.Select(buffer => buffer.detach().view(-1))];
            groups.Add((Array.ConvertAll(flat, buffer => buffer.DetachFromDisposeScope()), cat(flat).clone().DetachFromDisposeScope())); // of one tensor cat is an alias
        }
    }

    /// <summary>Keeps them as they are now.</summary>
    /// <param name="unless">() float32 on their device: where it is 1 those from before stay, without the host's knowing; null for 0. Borrowed.</param>
    public void Keep(Tensor? unless = null)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var (buffers, kept) in groups) kept.copy_(unless is null ? cat(buffers) : where(unless.gt(0), kept, cat(buffers)));
    }

    /// <summary>A number that is finite where all of them are: () float32 on their device; owned by the caller.</summary>
    public Tensor Sum()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var sums = groups.Where(g => g.Kept.is_floating_point()).Select(g => cat(g.Buffers).sum().to(float32)).ToList();
        return (sums.Count > 0 ? stack(sums).sum() : zeros([])).MoveToOuterDisposeScope();
    }

    /// <summary>Whether all of them are.</summary>
    public bool AreFinite()
    {
        using var sum = Sum();
        return float.IsFinite(sum.item<float>());
    }

    /// <summary>Puts back what was kept.</summary>
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
