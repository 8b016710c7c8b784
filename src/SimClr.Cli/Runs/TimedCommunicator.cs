using SimClr.Distributed;
using static TorchSharp.torch;

namespace SimClr.Cli.Runs;

/// <summary>The same ranks, and how long this one has been in their collectives: sending, and waiting for the slower ones.</summary>
/// <param name="ranks">Owned from here on.</param>
/// <param name="clock">Shared with the groups.</param>
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

    /// <summary>Adds times up.</summary>
    internal sealed class Clock(TimeProvider time)
    {
        private long ticks, entered, longest;

        /// <summary>So far, in seconds.</summary>
        public double Seconds => time.GetElapsedTime(0, ticks).TotalSeconds;

        /// <summary>The longest call so far.</summary>
        public TimeSpan Longest => time.GetElapsedTime(0, Volatile.Read(ref longest));

        /// <summary>For how long the call that is at work has been; zero outside of one. May be asked by another thread.</summary>
        public TimeSpan AtWork => Volatile.Read(ref entered) is > 0 and var since ? time.GetElapsedTime(since) : TimeSpan.Zero;

        public Measurement Measure()
        {
            Volatile.Write(ref entered, time.GetTimestamp());
            return new(this);
        }

        /// <summary>One call.</summary>
        internal readonly struct Measurement(Clock clock) : IDisposable
        {
            public void Dispose() => clock.End();
        }

        private void End()
        {
            long took = time.GetTimestamp() - entered;
            ticks += took;
            Volatile.Write(ref longest, Math.Max(longest, took));
            Volatile.Write(ref entered, 0);
        }
    }
}
