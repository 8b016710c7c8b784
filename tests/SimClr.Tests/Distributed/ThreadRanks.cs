using SimClr.Distributed;
using static TorchSharp.torch;

namespace SimClr.Tests.Distributed;

/// <summary>Ranks that are threads of this process.</summary>
internal sealed class ThreadRanks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Barrier barrier;
    private readonly Tensor[] given;

    private ThreadRanks(int size) => (barrier, given) = (new Barrier(size), new Tensor[size]);

    /// <summary>What every rank returns, in their order.</summary>
    public static T[] Run<T>(int size, Func<ICommunicator, T> body)
    {
        var ranks = new ThreadRanks(size);
        var results = new T[size];
        var failures = new Exception?[size];
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = body(new Rank(ranks, rank));
            }
            catch (Exception e)
            {
                failures[rank] = e;
            }
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        var failure = failures.FirstOrDefault(f => f is not null and not TimeoutException) ?? failures.FirstOrDefault(f => f is not null);
        return failure is null ? results : throw new InvalidOperationException($"A rank failed: {failure.Message}", failure);
    }

    // Every rank's tensor, in their order; freed by whoever gets them.
    private Tensor[] Exchange(int rank, Tensor own)
    {
        given[rank] = own;
        Wait();
        Tensor[] all = [.. given.Select(t => t.detach().clone())];
        Wait();
        return all;
    }

    private void Wait()
    {
        if (!barrier.SignalAndWait(Patience)) throw new TimeoutException("A rank does not come.");
    }

    private sealed class Rank(ThreadRanks ranks, int rank) : ICommunicator
    {
        int ICommunicator.Rank => rank;

        public int Size => ranks.given.Length;

        public void AllReduce(Tensor tensor)
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            tensor.copy_(ranks.Exchange(rank, tensor).Aggregate((a, b) => a + b));
        }

        public Tensor AllGather(Tensor tensor)
        {
            using var scope = NewDisposeScope();
            return stack(ranks.Exchange(rank, tensor)).MoveToOuterDisposeScope();
        }

        public Tensor ReduceScatter(Tensor tensor) => throw new NotSupportedException();

        public void Broadcast(Tensor tensor, int root = 0)
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            tensor.copy_(ranks.Exchange(rank, tensor)[root]);
        }

        public void Barrier() => ranks.Wait();

        public ICommunicator Group(int size) => size == Size ? this : throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
