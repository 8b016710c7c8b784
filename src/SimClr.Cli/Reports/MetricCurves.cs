using System.Globalization;
using System.Text.Json;
using SimClr.IO;
using SimClr.RunFolders;

namespace SimClr.Cli.Reports;

/// <summary>Every number of a run's <c>metrics.jsonl</c> as curves, short enough for a page: long ones keep the mean, least and greatest of neighbouring steps.</summary>
internal sealed class MetricCurves
{
    private const int MaxPoints = 1000;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10); // longer than a step: the run was stopped

    // In this order; every other number of the file follows under its own name.
    private static readonly CurvePanel[] Known =
    [
        new("NT-Xent loss", "nats", 1, [new("loss", "loss")]),
        new("Contrastive accuracy", "%", 100, [new("top1", "partner nearest (top-1)"), new("top5", "among the nearest five")]),
        new("Labels told from h while training (training images; no gradient reaches the encoder)", "%", 100, [new("online_probe", "online linear probe"), new("knn", "kNN, k = 20")]),
        new("Learning rate", "", 1, [new("learning_rate", "learning rate")]),
        new("Entropy of an anchor's softmax", "nats", 1, [new("entropy", "entropy")]),
        new("Gradient norm", "", 1, [new("gradient_norm", "gradient norm")]),
        new("Throughput", "images/s", 1, [new("images_per_second", "images per second")]),
        new("Waiting for views (near 0 unless reading or decoding images limits the run)", "seconds a step", 1, [new("data_wait", "waiting")]),
    ];

    private static readonly string[] NotCurves = ["step", "epoch", "time"];

    private readonly SortedDictionary<string, List<(long Step, double Value)>> series = new(StringComparer.Ordinal);
    private readonly List<(long Step, double Value)> clock = [];
    private DateTime last;

    /// <summary>Lines that could not be read: a kill may cut one off.</summary>
    public int DamagedLines { get; private set; }

    /// <summary>Steps done; 0 for a run that has not begun.</summary>
    public long Steps { get; private set; }

    /// <summary>Wall time of the steps, pauses left out.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds(clock.Count > 0 ? clock[^1].Value : 0);

    /// <summary>Reads a run's file; a run without one has no curves.</summary>
    public static MetricCurves Read(RunFolder folder)
    {
        var curves = new MetricCurves();
        if (!File.Exists(folder.MetricsFile)) return curves;
        RegularFile.Require(folder.MetricsFile);
        using var file = new StreamReader(new FileStream(folder.MetricsFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (file.ReadLine() is { } line) curves.Add(line);
        return curves;
    }

    /// <summary>The mean of the last <paramref name="count"/> values of a key; null where there is none.</summary>
    public double? Last(string key, int count = 20) => series.TryGetValue(key, out var points) ? points.TakeLast(count).Average(p => p.Value) : null;

    /// <summary>The curves under a name.</summary>
    public RunCurves For(string name, int batchSize)
    {
        var time = Shortened(clock);
        return new(name, batchSize, new RunClock(time.Step, time.High ?? time.Value), series.ToDictionary(s => s.Key, s => Shortened(s.Value)));
    }

    /// <summary>What panels there are to draw for some runs.</summary>
    public static IReadOnlyList<CurvePanel> PanelsOf(IReadOnlyList<RunCurves> runs)
    {
        var keys = runs.SelectMany(r => r.Series.Keys).ToHashSet();
        var panels = Known.Select(p => p with { Series = [.. p.Series.Where(s => keys.Contains(s.Key))] }).Where(p => p.Series.Count > 0).ToList();
        keys.ExceptWith(Known.SelectMany(p => p.Series).Select(s => s.Key));
        panels.AddRange(keys.Order(StringComparer.Ordinal).Select(key => key.Replace('_', ' ')).Select((name, i) =>
            new CurvePanel(name, "", 1, [new CurveName(keys.Order(StringComparer.Ordinal).ElementAt(i), name)])));
        return panels;
    }

    /// <summary>Takes a line of the file.</summary>
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
