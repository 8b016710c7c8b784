using System.Text.Json.Serialization;
using SimClr.Runtime;

namespace SimClr.Cli.Benchmarks;

/// <summary>The figures of a benchmark.</summary>
/// <param name="Name">The name of the benchmark.</param>
/// <param name="Value">The median of the runs, in <paramref name="Unit"/>.</param>
/// <param name="Unit">See <see cref="BenchmarkEntry.Unit"/>.</param>
/// <param name="Floor">The same quantity for a machine that does only the necessary work, at its peak.</param>
/// <param name="MemoryMB">
/// The peak of the resident memory of the process that measured only this benchmark, everything included (MB, 10⁶ bytes).
/// </param>
/// <param name="Spread">The distance between the quartiles of the runs, as a share of the median.</param>
internal sealed record Measurement(string Name, double Value, string Unit, double Floor, double? MemoryMB, double Spread)
{
    /// <summary>A figure with at least this spread is not reliable.</summary>
    public const double Noisy = 0.2;

    /// <summary>PyTorch's figure for the same work; null if it was not measured or has no counterpart.</summary>
    public RivalMeasurement? Rival { get; init; }

    /// <summary>How many times slower than the floor.</summary>
    [JsonIgnore]
    public double Ratio => Faster(Floor, Value);

    /// <summary>How many times faster than PyTorch.</summary>
    [JsonIgnore]
    public double? Speedup => Rival is null ? null : Faster(Value, Rival.Value);

    /// <summary>Runs a benchmark: first to warm up, then repeatedly.</summary>
    /// <param name="entry">The benchmark.</param>
    /// <param name="settings">How long it runs.</param>
    /// <param name="peaks">The machine's, for the floor.</param>
    /// <param name="time">The clock. Default: the system's.</param>
    public static Measurement Of(BenchmarkEntry entry, BenchmarkSettings settings, MachinePeaks peaks, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        using var benchmark = entry.Open(settings);
        double floor = benchmark.Floor(peaks);
        long began = time.GetTimestamp();
        var (least, most) = settings.WarmUpSeconds;
        double seconds = 0;
        for (int run = 0; run == 0 || seconds < least || (run < BenchmarkSettings.WarmUpRuns && seconds < most); run++)
        {
            benchmark.Run();
            seconds = time.GetElapsedTime(began).TotalSeconds;
        }
        var runs = benchmark is PairBenchmark pair ? Shares(pair, settings.Quick ? 1 : PairBenchmark.Pairs, time)
            : Times(benchmark, settings, time);
        runs.Sort();
        double median = Quantile(runs, 0.5);
        double InUnit(double value) => entry.Unit switch
        {
            BenchmarkEntry.Share => value,
            BenchmarkEntry.Time => 1000 * value,
            _ => benchmark.Units / value,
        };
        return new Measurement(entry.Name, InUnit(median), entry.Unit, InUnit(floor), ProcessMemory.Peak / 1e6,
            (Quantile(runs, 0.75) - Quantile(runs, 0.25)) / median);
    }

    private static List<double> Times(IBenchmark benchmark, BenchmarkSettings settings, TimeProvider time)
    {
        var runs = new List<double>();
        long began = time.GetTimestamp();
        while (runs.Count < settings.Repetitions || time.GetElapsedTime(began).TotalSeconds < settings.Seconds)
            runs.Add(Seconds(benchmark, time));
        return runs;
    }

    private static List<double> Shares(PairBenchmark pair, int pairs, TimeProvider time)
    {
        var runs = new List<double>();
        for (int i = 0; i < pairs; i++)
        {
            // The order alternates, because the second one finds warmer caches.
            double first = i % 2 == 0 ? Seconds(pair.First, time) : 0, second = Seconds(pair.Second, time);
            if (i % 2 == 1) first = Seconds(pair.First, time);
            runs.Add(second / pair.Second.Units / (first / pair.First.Units));
        }
        return runs;
    }

    private static double Seconds(IBenchmark benchmark, TimeProvider time)
    {
        long start = time.GetTimestamp();
        benchmark.Run();
        return time.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>A quantile of sorted values, interpolated linearly.</summary>
    internal static double Quantile(IReadOnlyList<double> sorted, double share)
    {
        double at = share * (sorted.Count - 1);
        int below = (int)at;
        return sorted[below] + (at - below) * (sorted[Math.Min(below + 1, sorted.Count - 1)] - sorted[below]);
    }

    private double Faster(double value, double other) => Unit == BenchmarkEntry.Time ? other / value : value / other;
}
