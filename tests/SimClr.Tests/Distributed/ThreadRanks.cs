using SimClr.Distributed;
using static TorchSharp.torch;

namespace SimClr.Tests.Distributed;

/// <summary>Ranks that are threads of this process.</summary>
internal sealed class ThreadRanks : ICommunicator
{
    private readonly Tensor?[] shared;
    private readonly Barrier barrier;

    private ThreadRanks(int rank, Tensor?[] shared, Barrier barrier) => (Rank, this.shared, this.barrier) = (rank, shared, barrier);

    public int Rank { get; }

    public int Size => shared.Length;

    /// <summary>Runs the same action on every rank at once; rethrows the exception of a rank.</summary>
    public static void Run(int ranks, Action<ThreadRanks> action)
    {
        var (shared, failures) = (new Tensor?[ranks], new Exception?[ranks]);
        using var barrier = new Barrier(ranks);
        Thread[] threads = [.. Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            try
            {
                action(new ThreadRanks(rank, shared, barrier));
            }
            catch (Exception e)
            {
                failures[rank] = e;
            }
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (failures.FirstOrDefault(f => f is not null and not TimeoutException) is { } failure) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        failures.ShouldAllBe(f => f == null);
    }

    /// <summary>The result of every rank, in rank order.</summary>
    public static T[] Run<T>(int ranks, Func<ICommunicator, T> body)
    {
        var results = new T[ranks];
        Run(ranks, own => { results[own.Rank] = body(own); });
        return results;
    }

    public void AllReduce(Tensor tensor)
    {
        _ = CollectiveBuffer.Of(tensor);
        using var all = Gather(tensor);
        using var sum = all.sum(0, type: tensor.dtype);
        using var _1 = no_grad();
        tensor.copy_(sum);
    }

    public Tensor AllGather(Tensor tensor)
    {
        _ = CollectiveBuffer.Of(tensor);
        return Gather(tensor);
    }

    public Tensor ReduceScatter(Tensor tensor)
    {
        using var all = Gather(tensor);
        using var sum = all.sum(0);
        return sum[Rank].clone();
    }

    public void Broadcast(Tensor tensor, int root = 0)
    {
        _ = CollectiveBuffer.Of(tensor);
        using var all = Gather(tensor);
        using var _1 = no_grad();
        using var theirs = all[root];
        tensor.copy_(theirs);
    }

    public void Barrier()
    {
        if (!barrier.SignalAndWait(TimeSpan.FromSeconds(60))) throw new TimeoutException("Another rank does not come.");
    }

    public ICommunicator Group(int size) => size == Size ? new ThreadRanks(Rank, shared, barrier) : throw new NotSupportedException();

    public void Dispose()
    {
    }

    private Tensor Gather(Tensor own)
    {
        using var _ = no_grad();
        shared[Rank] = own;
        Barrier();
        var all = stack(shared.Select(t => t!));
        Barrier();
        return all;
    }
}
