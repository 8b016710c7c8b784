using static TorchSharp.torch;

namespace SimClr.Distributed;

/// <summary>A single rank, which has nothing to exchange.</summary>
/// <remarks>Does nothing, so it is safe to share between threads.</remarks>
public sealed class SingleProcessCommunicator : ICommunicator
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void AllReduce(Tensor tensor) => _ = CollectiveBuffer.Of(tensor);

    /// <inheritdoc/>
    public Tensor AllGather(Tensor tensor)
    {
        _ = CollectiveBuffer.Of(tensor);
        using var own = tensor.clone();
        return own.unsqueeze(0);
    }

    /// <inheritdoc/>
    public Tensor ReduceScatter(Tensor tensor)
    {
        _ = CollectiveBuffer.InParts(tensor, Size);
        using var own = tensor.clone();
        return own.squeeze(0);
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor tensor, int root = 0) => _ = CollectiveBuffer.Of(tensor);

    /// <inheritdoc/>
    public void Barrier()
    {
    }

    /// <inheritdoc/>
    public ICommunicator Group(int size) =>
        size == 1 ? this : throw new ArgumentException($"One rank cannot be cut into groups of {size}.", nameof(size));

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
