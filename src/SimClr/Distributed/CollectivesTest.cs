using static TorchSharp.torch;

namespace SimClr.Distributed;

/// <summary>Tests every collective with every dtype on integers, whose sums are known and exact.</summary>
public static class CollectivesTest
{
    private const int Elements = 1000; // more than a vector register, and not a power of two

    /// <summary>Whether all ranks got the right numbers; the same on every rank.</summary>
    /// <param name="ranks">Borrowed.</param>
    /// <param name="device">The device of the numbers.</param>
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

    // Every rank calls all collectives, even after a wrong result: the other ranks wait for it.
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
        return Same(sum, total) && Same(all, stack([.. Enumerable.Range(0, w).Select(Numbers)]))
            && Same(part, total + 3 * w * ranks.Rank) && Same(theirs, Numbers(last));
    }

    private static bool Same(Tensor actual, Tensor expected) =>
        actual.shape.AsSpan().SequenceEqual(expected.shape) && actual.eq(expected).all().cpu().item<bool>();
}
