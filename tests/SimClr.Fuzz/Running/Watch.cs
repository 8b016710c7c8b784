using System.Diagnostics;

namespace SimClr.Fuzz.Running;

/// <summary>
/// Detects from another thread that an input does not end. It counts processor time, so that a busy machine does not look like a hang, and
/// a generous elapsed time, for readers that only wait.
/// </summary>
internal sealed class Watch : IDisposable
{
    private readonly Timer timer;
    private long began; // 0: nothing is running
    private TimeSpan workBefore;

    public Watch(TimeSpan mostWork, TimeSpan mostWaiting, Action<string> hung)
    {
        timer = new Timer(_ =>
        {
            long since = Interlocked.Read(ref began);
            if (since == 0) return;
            var (time, work) = (Stopwatch.GetElapsedTime(since), Environment.CpuUsage.TotalTime - workBefore);
            if (work < mostWork && time < mostWaiting) return;
            if (Interlocked.Read(ref began) == since) hung($"not done after {work.TotalSeconds:f0} s of work and {time.TotalSeconds:f0} s of time");
        }, null, 250, 250);
    }

    public void Begin()
    {
        workBefore = Environment.CpuUsage.TotalTime;
        Interlocked.Exchange(ref began, Stopwatch.GetTimestamp());
    }

    public void End() => Interlocked.Exchange(ref began, 0);

    public void Dispose() => timer.Dispose();
}
