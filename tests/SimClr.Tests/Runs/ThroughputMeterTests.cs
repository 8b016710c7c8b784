using SimClr.Loading;
using SimClr.Runs;
using static TorchSharp.torch;

namespace SimClr.Tests.Runs;

public sealed class ThroughputMeterTests
{
    private readonly Clock clock = new();

    [Fact]
    public void The_time_of_a_step_is_its_wait_and_its_work()
    {
        var pace = new ThroughputMeter(batchSize: 12, clock);
        var seen = new List<(double Wait, double Speed)>();
        foreach (var _ in pace.Waiting(Batches(3, 1, 0)))
        {
            clock.Pass(2);
            pace.Step();
            seen.Add((pace.DataWait, pace.ImagesPerSecond));
        }
        seen.ShouldBe([(3, 2.4), (1, 4), (0, 6)]);
        pace.WaitingInAll.ShouldBe(1.0 / 5, 1e-9); // the first batch cannot be ready
    }

    [Fact]
    public void The_current_wait_share_is_smoothed_over_recent_steps()
    {
        var pace = new ThroughputMeter(1, clock);
        foreach (var (batch, i) in pace.Waiting(Batches([.. Enumerable.Repeat(3.0, 200), .. Enumerable.Repeat(0.0, 200)])).Select((b, i) => (b, i)))
        {
            clock.Pass(1);
            pace.Step();
            if (i == 0) pace.WaitingNow.ShouldBeLessThan(0.05);
            if (i == 199) pace.WaitingNow.ShouldBe(0.75, 1e-3);
        }
        pace.WaitingNow.ShouldBe(0, 1e-3);
    }

    [Fact]
    public void Time_between_steps_does_not_count_as_waiting()
    {
        var pace = new ThroughputMeter(1, clock);
        foreach (var _ in pace.Waiting(Batches(0, 0)))
        {
            pace.Step();
            clock.Pass(5); // a checkpoint
        }
        (pace.DataWait, pace.WaitingInAll).ShouldBe((0, 0));
    }

    private IEnumerable<ViewBatch> Batches(params double[] seconds)
    {
        foreach (double wait in seconds)
        {
            clock.Pass(wait);
            using var batch = new ViewBatch(zeros(2, 3, 8, 8), [0]);
            yield return batch;
        }
    }

    private sealed class Clock : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => ticks;

        public void Pass(double seconds) => ticks += (long)(1000 * seconds);
    }
}
