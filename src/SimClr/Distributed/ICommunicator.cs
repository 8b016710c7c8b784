using static TorchSharp.torch;

namespace SimClr.Distributed;

/// <summary>
/// The ranks of a run and what they do together. Every call is a collective: all ranks make the same calls in the same order with
/// tensors of the same shape and type, and none returns before it has its result. Tensors are contiguous, float32, float64 or int64, and
/// added in their own type; all ranks get the same bytes. One thread at a time.
/// </summary>
public interface ICommunicator : IDisposable
{
    /// <summary>This process among the ranks, in [0, <see cref="Size"/>).</summary>
    int Rank { get; }

    /// <summary>W, how many ranks there are, at least 1.</summary>
    int Size { get; }

    /// <summary>tensor ← Σ over the ranks, on every rank.</summary>
    /// <param name="tensor">Borrowed; changed.</param>
    /// <exception cref="ArgumentException">Its type, memory order or device is none that can be sent.</exception>
    void AllReduce(Tensor tensor);

    /// <summary>Every rank's tensor, one after the other.</summary>
    /// <param name="tensor">(…), also uint8; borrowed.</param>
    /// <returns>(W, …), the caller's.</returns>
    /// <exception cref="ArgumentException">As for <see cref="AllReduce"/>.</exception>
    Tensor AllGather(Tensor tensor);

    /// <summary>The sum over the ranks, of which each has one part.</summary>
    /// <param name="tensor">(W, …); borrowed.</param>
    /// <returns>(…): part <see cref="Rank"/> of the sum; owned by the caller.</returns>
    /// <exception cref="ArgumentException">As for <see cref="AllReduce"/>, or the first side is not W.</exception>
    Tensor ReduceScatter(Tensor tensor);

    /// <summary>tensor ← that of one rank.</summary>
    /// <param name="tensor">Also uint8; borrowed; changed.</param>
    /// <param name="root">Whose.</param>
    /// <exception cref="ArgumentException">As for <see cref="AllReduce"/>.</exception>
    void Broadcast(Tensor tensor, int root = 0);

    /// <summary>Returns when all ranks have called it.</summary>
    void Barrier();

    /// <summary>This rank's group where the ranks are cut into groups of neighbours: [0, size), [size, 2·size), …</summary>
    /// <param name="size">Must divide W.</param>
    /// <returns>Owned by the caller.</returns>
    /// <exception cref="ArgumentException">It does not.</exception>
    ICommunicator Group(int size);
}
