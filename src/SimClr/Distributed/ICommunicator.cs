using static TorchSharp.torch;

namespace SimClr.Distributed;

/// <summary>
/// The ranks of a run and their collective operations. All ranks must make the same calls in the same order, with tensors of the same shape
/// and dtype. No call returns before its result is there. Tensors are contiguous, float32, float64 or int64, and are added in their own
/// dtype. All ranks get the same bytes. One thread at a time.
/// </summary>
public interface ICommunicator : IDisposable
{
    /// <summary>The index of this process, in [0, <see cref="Size"/>).</summary>
    int Rank { get; }

    /// <summary>W, the number of ranks, at least 1.</summary>
    int Size { get; }

    /// <summary>Replaces the tensor by its sum over the ranks, on every rank.</summary>
    /// <param name="tensor">Borrowed; changed.</param>
    /// <exception cref="ArgumentException">The dtype, memory format or device of the tensor is not supported.</exception>
    void AllReduce(Tensor tensor);

    /// <summary>Gathers the tensors of all ranks, one after the other.</summary>
    /// <param name="tensor">(…), also uint8; borrowed.</param>
    /// <returns>(W, …), owned by the caller.</returns>
    /// <exception cref="ArgumentException">As for <see cref="AllReduce"/>.</exception>
    Tensor AllGather(Tensor tensor);

    /// <summary>Sums over the ranks; each rank gets one part of the sum.</summary>
    /// <param name="tensor">(W, …); borrowed.</param>
    /// <returns>(…): part <see cref="Rank"/> of the sum; owned by the caller.</returns>
    /// <exception cref="ArgumentException">As for <see cref="AllReduce"/>, or the first side is not W.</exception>
    Tensor ReduceScatter(Tensor tensor);

    /// <summary>Replaces the tensor by that of one rank.</summary>
    /// <param name="tensor">May also be uint8; borrowed; changed.</param>
    /// <param name="root">The rank to copy from.</param>
    /// <exception cref="ArgumentException">As for <see cref="AllReduce"/>.</exception>
    void Broadcast(Tensor tensor, int root = 0);

    /// <summary>Returns when all ranks have called it.</summary>
    void Barrier();

    /// <summary>The group of this rank, if the ranks are divided into groups of neighbours: [0, size), [size, 2·size), …</summary>
    /// <param name="size">Must divide W.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="ArgumentException">It does not divide W.</exception>
    ICommunicator Group(int size);
}
