using System.Globalization;
using System.Text.Json;
using SimClr.IO;

namespace SimClr.RunFolders;

/// <summary>
/// Every number of a run's <c>metrics.jsonl</c> as a curve of at most 1000 points: a longer one keeps the mean, least and greatest of neighbouring
/// steps. One thread at a time.
/// </summary>
public sealed class MetricCurves
{
    private const int MaxPoints = 1000;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10); // longer than a step: the run was stopped

    private static readonly string[] NotCurves = ["step", "epoch", "time"];

    private readonly SortedDictionary<string, List<(long Step, double Value)>> series = new(StringComparer.Ordinal);
    private readonly List<(long Step, double Value)> clock = [];
    private DateTime last;

    /// <summary>Lines that could not be read: a run that was killed may leave half of one.</summary>
    public int DamagedLines { get; private set; }

    /// <summary>Steps done; 0 for a run that has not begun.</summary>
    public long Steps { get; private set; }

    /// <summary>Wall time of the steps, without pauses of more than ten minutes.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds(clock.Count > 0 ? clock[^1].Value : 0);

    /// <summary>Reads a run's file; a run without one has no curves.</summary>
    /// <param name="folder">The run's; another process may be writing the file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MetricCurves Read(RunFolder folder)
    {
        var curves = new MetricCurves();
        if (!File.Exists(folder.MetricsFile)) return curves;
        RegularFile.Require(folder.MetricsFile);
        using var file = new StreamReader(new FileStream(folder.MetricsFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (file.ReadLine() is { } line) curves.Add(line);
        return curves;
    }

    /// <summary>The mean of the last values of a key; null where there is none.</summary>
    /// <param name="key">As in the file, for example <c>loss</c>.</param>
    /// <param name="count">How many values, or as many as there are.</param>
    public double? Last(string key, int count = 20) => series.TryGetValue(key, out var points) ? points.TakeLast(count).Average(p => p.Value) : null;

    /// <summary>The curves, their values rounded to five digits.</summary>
    /// <param name="name">The run's.</param>
    /// <param name="batchSize">Images of a step.</param>
    public RunCurves For(string name, int batchSize)
    {
        var time = Shortened(clock);
        return new(name, batchSize, new RunClock(time.Step, time.High ?? time.Value), series.ToDictionary(s => s.Key, s => Shortened(s.Value)));
    }

    /// <summary>Adds a line of the file; one that is damaged is counted.</summary>
    /// <param name="line">A JSON object.</param>
    public void Add(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            long step = json.RootElement.GetProperty("step").GetInt64();
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Value.ValueKind != JsonValueKind.Number || NotCurves.Contains(property.Name) || property.Value.GetDouble() is var value && !double.IsFinite(value)) continue;
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

    // Five digits: more cannot be seen, and the page stays small.
    private static double Round(double value) => double.Parse(value.ToString("g5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
