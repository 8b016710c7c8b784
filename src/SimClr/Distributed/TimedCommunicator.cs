using static TorchSharp.torch;

namespace SimClr.Distributed;

/// <summary>Measures the time that this rank spends in collectives: sending, and waiting for slower ranks.</summary>
/// <param name="ranks">The ranks; owned by this object from here on.</param>
/// <param name="clock">The clock, shared with the groups.</param>
internal sealed class TimedCommunicator(ICommunicator ranks, TimedCommunicator.Clock clock) : ICommunicator
{
    public int Rank => ranks.Rank;

    public int Size => ranks.Size;

    public void AllReduce(Tensor tensor)
    {
        using var _ = clock.Measure();
        ranks.AllReduce(tensor);
    }

    public Tensor AllGather(Tensor tensor)
    {
        using var _ = clock.Measure();
        return ranks.AllGather(tensor);
    }

    public Tensor ReduceScatter(Tensor tensor)
    {
        using var _ = clock.Measure();
        return ranks.ReduceScatter(tensor);
    }

    public void Broadcast(Tensor tensor, int root = 0)
    {
        using var _ = clock.Measure();
        ranks.Broadcast(tensor, root);
    }

    public void Barrier()
    {
        using var _ = clock.Measure();
        ranks.Barrier();
    }

    public ICommunicator Group(int size) => new TimedCommunicator(ranks.Group(size), clock);

    public void Dispose() => ranks.Dispose();

    /// <summary>Adds up times.</summary>
    internal sealed class Clock(TimeProvider provider)
    {
        private readonly TimeProvider time = provider;
        private long ticks;

        /// <summary>The time so far, in seconds.</summary>
        public double Seconds => time.GetElapsedTime(0, ticks).TotalSeconds;

        public Measurement Measure() => new(this, time.GetTimestamp());

        /// <summary>One call.</summary>
        internal readonly struct Measurement(Clock clock, long began) : IDisposable
        {
            public void Dispose() => clock.ticks += clock.time.GetTimestamp() - began;
        }
    }
}
