using System.Diagnostics;
using System.Text.Json.Serialization;

namespace SimClr.Cli.Benchmarks;

/// <summary>The figures of a benchmark.</summary>
/// <param name="Name">The benchmark's.</param>
/// <param name="Value">The median of the runs, in <paramref name="Unit"/>.</param>
/// <param name="Unit">See <see cref="BenchmarkEntry.Unit"/>.</param>
/// <param name="Floor">The same quantity of a machine that does only what cannot be left out, and that at its peak.</param>
/// <param name="MemoryMB">The peak of resident memory above inputs and weights; null where it cannot be known.</param>
/// <param name="Spread">Between the quartiles of the runs, as a share of the median.</param>
internal sealed record Measurement(string Name, double Value, string Unit, double Floor, double? MemoryMB, double Spread)
{
    /// <summary>A spread from which on a figure is not to be trusted.</summary>
    public const double Noisy = 0.2;

    /// <summary>PyTorch's figure for the same work; null where it was not measured, or has no counterpart.</summary>
    public RivalMeasurement? Rival { get; init; }

    /// <summary>Times slower than the floor.</summary>
    [JsonIgnore]
    public double Ratio => Faster(Floor, Value);

    /// <summary>Times faster than PyTorch.</summary>
    [JsonIgnore]
    public double? Speedup => Rival is null ? null : Faster(Value, Rival.Value);

    /// <summary>Runs a benchmark: once to warm up, then again and again.</summary>
    public static Measurement Of(BenchmarkEntry entry, BenchmarkSettings settings, MachinePeaks peaks)
    {
        using var benchmark = entry.Open(settings);
        double floor = benchmark.Floor(peaks);
        benchmark.Run();
        var memory = ResidentMemory.Watch();
        var runs = new List<double>();
        long began = Stopwatch.GetTimestamp();
        while (runs.Count < settings.Repetitions || Stopwatch.GetElapsedTime(began).TotalSeconds < settings.Seconds)
        {
            long start = Stopwatch.GetTimestamp();
            benchmark.Run();
            runs.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        runs.Sort();
        double median = Quantile(runs, 0.5);
        double InUnit(double seconds) => entry.Unit == BenchmarkEntry.Time ? 1000 * seconds : benchmark.Units / seconds;
        return new Measurement(entry.Name, InUnit(median), entry.Unit, InUnit(floor), memory.PeakMB, (Quantile(runs, 0.75) - Quantile(runs, 0.25)) / median);
    }

    /// <summary>Of sorted values, linear between two of them.</summary>
    internal static double Quantile(IReadOnlyList<double> sorted, double share)
    {
        double at = share * (sorted.Count - 1);
        int below = (int)at;
        return sorted[below] + (at - below) * (sorted[Math.Min(below + 1, sorted.Count - 1)] - sorted[below]);
    }

    private double Faster(double value, double other) => Unit == BenchmarkEntry.Time ? other / value : value / other;
}
