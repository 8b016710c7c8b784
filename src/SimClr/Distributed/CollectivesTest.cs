using static TorchSharp.torch;

namespace SimClr.Distributed;

/// <summary>Every collective, in every type, on numbers whose sums are known: whole ones, so that they are exact.</summary>
public static class CollectivesTest
{
    private const int Elements = 1000; // some more than a vector, no power of two

    /// <summary>Whether all ranks got what they should; the same on every rank.</summary>
    /// <param name="ranks">Borrowed.</param>
    /// <param name="device">Where the numbers lie.</param>
    public static bool Holds(ICommunicator ranks, Device device)
    {
        using var scope = NewDisposeScope();
        bool right = new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.Int64 }.All(type => Holds(ranks, device, type));
        using var group = ranks.Group(1);
        right &= group is { Rank: 0, Size: 1 };
        var wrong = tensor(right ? 0L : 1, device: device);
        ranks.AllReduce(wrong);
        return wrong.cpu().item<long>() == 0;
    }

    // All are called on every rank, whatever the first ones gave: the others wait for them.
    private static bool Holds(ICommunicator ranks, Device device, ScalarType type)
    {
        int w = ranks.Size, last = w - 1;
        Tensor Numbers(int rank) => arange(Elements, dtype: type, device: device) + 3 * rank;
        var sum = Numbers(ranks.Rank);
        ranks.AllReduce(sum);
        var all = ranks.AllGather(Numbers(ranks.Rank));
        var part = ranks.ReduceScatter(stack([.. Enumerable.Range(0, w).Select(part => Numbers(ranks.Rank + part))]));
        var theirs = Numbers(ranks.Rank);
        ranks.Broadcast(theirs, last);
        ranks.Barrier();
        var total = Numbers(0) * w + 3 * w * (w - 1) / 2;
        return Same(sum, total) && Same(all, stack([.. Enumerable.Range(0, w).Select(Numbers)])) && Same(part, total + 3 * w * ranks.Rank) && Same(theirs, Numbers(last));
    }

    private static bool Same(Tensor actual, Tensor expected) => actual.shape.AsSpan().SequenceEqual(expected.shape) && actual.eq(expected).all().cpu().item<bool>();
}
