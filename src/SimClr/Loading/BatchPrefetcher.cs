using System.Runtime.ExceptionServices;
using SimClr.Runtime;

namespace SimClr.Loading;

/// <summary>
/// One pass over a <see cref="ViewLoader"/>: threads make batches in order, some ahead of the consumer. All threads work on the first
/// unfinished batch. So it is ready as early as possible, and memory does not grow with the number of threads.
/// </summary>
internal sealed class BatchPrefetcher : IDisposable
{
    private const int LargestShare = 16, MostAhead = 4;
    private const long MemoryAhead = 512L << 20;

    private readonly ViewLoader loader;
    private readonly BatchBufferPool memory;
    private readonly DecodedImageCache kept = new();
    private readonly object gate = new();
    private readonly Queue<PendingBatch> ahead = new(); // finished or unfinished
    private readonly long end;
    private readonly int share, most;
    private EpochSampler? order;
    private PendingBatch? current; // the last of them
    private long next; // counted in parts of steps, as in the loader
    private int working;
    private bool stopped;
    private Exception? failure; // of a thread, not of one batch

    /// <summary>Starts the threads.</summary>
    /// <param name="loader">Knows the images.</param>
    /// <param name="first">The first step.</param>
    /// <param name="end">The step after the last one.</param>
    public BatchPrefetcher(ViewLoader loader, long first, long end)
    {
        (this.loader, next, this.end) = (loader, first * loader.PartsOfStep, end * loader.PartsOfStep);
        memory = new BatchBufferPool(loader.LargestPart, loader.ImageSize, loader.Channels, loader.ViewsPerImage, loader.SmallCrops);
        share = Math.Clamp(loader.LargestPart / (4 * loader.Threads), 1, LargestShare);
        most = loader.RenderOn is null ? (int)Math.Clamp(MemoryAhead / memory.BatchBytes, 1, MostAhead)
            : loader.Resident is null ? 2
            : MostAhead;
        working = loader.Threads;
        for (int i = 1; i <= loader.Threads; i++) new Thread(Work) { IsBackground = true, Name = $"views {i}" }.Start();
    }

    /// <summary>Waits for the next batch; null after the last.</summary>
    /// <exception cref="Exception">An image of the batch could not be made.</exception>
    public ViewBatch? Take()
    {
        PendingBatch batch;
        lock (gate)
        {
            while (failure is null && (ahead.TryPeek(out var first) ? !first.IsDone : next < end)) Monitor.Wait(gate);
            if (failure is not null) ExceptionDispatchInfo.Throw(failure);
            if (ahead.Count == 0) return null;
            ahead.Peek().ThrowIfFailed(); // the batch stays in the queue, and is freed with the others
            batch = ahead.Dequeue();
            Monitor.PulseAll(gate);
        }
        return batch.Finished();
    }

    /// <summary>
    /// Tells the threads to stop without waiting for them: one may be waiting for a disk. The last thread frees the batches that nobody
    /// took.
    /// </summary>
    public void Dispose()
    {
        lock (gate)
        {
            stopped = true;
            Monitor.PulseAll(gate);
            if (working == 0) Free();
        }
    }

    private void Work()
    {
        // Trainer and loader share the cores. The loader should not delay the trainer's threads, which wait for one another.
        HostProcess.Current.LowerThreadPriority();
        try
        {
            Make();
        }
        catch (Exception e) // the trainer's thread throws it
        {
            lock (gate)
            {
                failure ??= e;
                Monitor.PulseAll(gate);
            }
        }
        lock (gate)
        {
            working--;
            if (stopped && working == 0) Free();
        }
    }

    private void Make()
    {
        var renderer = loader.NewRenderer(kept);
        while (Next() is (var batch, (var start, var stop)))
        {
            int position = start;
            try
            {
                for (; position < stop && !Volatile.Read(ref stopped); position++) loader.Make(renderer, batch, position);
                Finish(batch, stop - start, position, null);
            }
            catch (Exception e) // the trainer's thread throws it
            {
                Finish(batch, stop - start, position, e);
            }
        }
    }

    // Waits until there is work and room for it; null at the end.
    private (PendingBatch Batch, (int Start, int End) Share)? Next()
    {
        lock (gate)
        {
            while (!stopped)
            {
                if (current is { IsGivenOut: false }) return (current, current.Give(share));
                if (next == end) break;
                if (ahead.Count < most) ahead.Enqueue(current = loader.Begin(next++, memory, ref order));
                else Monitor.Wait(gate);
            }
            return null;
        }
    }

    private void Finish(PendingBatch batch, int images, int position, Exception? failure)
    {
        lock (gate)
        {
            if (failure is not null) batch.Fail(position, failure);
            batch.Finish(images);
            if (!batch.IsMade) return;
        }
        failure = batch.HasFailed ? null : Pack(batch);
        lock (gate)
        {
            if (failure is not null) batch.Fail(0, failure);
            batch.IsDone = true;
            Monitor.PulseAll(gate);
        }
    }

    private static Exception? Pack(PendingBatch batch)
    {
        try
        {
            batch.Drawn?.Pack();
            return null;
        }
        catch (Exception e) // the trainer's thread throws it
        {
            return e;
        }
    }

    private void Free()
    {
        while (ahead.TryDequeue(out var batch)) batch.Abandon();
        memory.Dispose();
    }
}
