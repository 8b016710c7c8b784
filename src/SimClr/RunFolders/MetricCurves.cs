using System.Globalization;
using System.Text.Json;
using SimClr.IO;

namespace SimClr.RunFolders;

/// <summary>
/// Every number in a run's <c>metrics.jsonl</c> as a curve of at most 1000 points. A longer curve keeps the mean, minimum and maximum of
/// neighbouring steps. One thread at a time.
/// </summary>
public sealed class MetricCurves
{
    private const int MaxPoints = 1000;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10); // longer than a step: the run was stopped

    private static readonly string[] NotCurves = ["step", "epoch", "time"];

    private readonly SortedDictionary<string, List<(long Step, double Value)>> series = new(StringComparer.Ordinal);
    private readonly List<(long Step, double Value)> clock = [];
    private DateTime last;

    /// <summary>The number of unreadable lines: a killed run may leave half a line.</summary>
    public int DamagedLines { get; private set; }

    /// <summary>Steps done; 0 before the first step.</summary>
    public long Steps { get; private set; }

    /// <summary>The wall time of the steps, without pauses of more than ten minutes.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds(clock.Count > 0 ? clock[^1].Value : 0);

    /// <summary>Reads the file of a run. Without a file there are no curves.</summary>
    /// <param name="folder">The folder of the run; another process may be writing the file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MetricCurves Read(RunFolder folder)
    {
        var curves = new MetricCurves();
        if (!File.Exists(folder.MetricsFile)) return curves;
        RegularFile.Require(folder.MetricsFile);
        using var file =
            new StreamReader(RegularFile.OpenShared(folder.MetricsFile));
        while (file.ReadLine() is { } line) curves.Add(line);
        return curves;
    }

    /// <summary>The mean of the last values of a key; null if there are none.</summary>
    /// <param name="key">The key in the file, for example <c>loss</c>.</param>
    /// <param name="count">The number of values; fewer if there are fewer.</param>
    public double? Last(string key, int count = 20) =>
        series.TryGetValue(key, out var points) ? points.TakeLast(count).Average(p => p.Value) : null;

    /// <summary>The curves, with values rounded to five digits.</summary>
    /// <param name="name">The name of the run.</param>
    /// <param name="batchSize">Images per step.</param>
    public RunCurves For(string name, int batchSize)
    {
        var time = Shortened(clock);
        return new(
            name, batchSize, new RunClock(time.Step, time.High ?? time.Value), series.ToDictionary(s => s.Key, s => Shortened(s.Value)));
    }

    /// <summary>Adds a line of the file. A damaged line is only counted.</summary>
    /// <param name="line">A JSON object.</param>
    public void Add(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            long step = json.RootElement.GetProperty("step").GetInt64();
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Value.ValueKind != JsonValueKind.Number
                    || NotCurves.Contains(property.Name) || property.Value.GetDouble() is var value && !double.IsFinite(value)) continue;
                if (!series.TryGetValue(property.Name, out var points)) series[property.Name] = points = [];
                points.Add((step, value));
            }
            if (json.RootElement.TryGetProperty("time", out var time) && time.TryGetDateTime(out var at)) Tick(step, at);
            Steps = Math.Max(Steps, step);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            DamagedLines++;
        }
    }

    private void Tick(long step, DateTime at)
    {
        var passed = clock.Count == 0 || at - last > Pause || at < last ? TimeSpan.Zero : at - last;
        clock.Add((step, (clock.Count > 0 ? clock[^1].Value : 0) + passed.TotalSeconds));
        last = at;
    }

    private static CurveSeries Shortened(List<(long Step, double Value)> points)
    {
        if (points.Count <= MaxPoints) return new([.. points.Select(p => p.Step)], [.. points.Select(p => Round(p.Value))]);
        var chunks = points.Chunk((points.Count + MaxPoints - 1) / MaxPoints).ToList();
        return new(
            [.. chunks.Select(c => c[^1].Step)],
            [.. chunks.Select(c => Round(c.Average(p => p.Value)))],
            [.. chunks.Select(c => Round(c.Min(p => p.Value)))],
            [.. chunks.Select(c => Round(c.Max(p => p.Value)))]);
    }

    // Five digits are enough to see, and keep the page small.
    private static double Round(double value) =>
        double.Parse(value.ToString("g5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
