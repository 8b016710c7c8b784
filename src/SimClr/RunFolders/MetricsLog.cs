using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.IO;
using SimClr.Pretraining;

namespace SimClr.RunFolders;

/// <summary>Writes every step to <c>metrics.jsonl</c>, one JSON object per line, and to TensorBoard's event files.</summary>
public sealed class MetricsLog : IDisposable
{
    private readonly TimeProvider time;
    private readonly StreamWriter lines;
    private readonly TensorBoardEvents events;

    /// <summary>Opens the log of a run that resumes after <paramref name="step"/>. Later lines of a killed run are removed.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="time">The clock for the times in the log. Default: the system's.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public MetricsLog(RunFolder folder, long step, TimeProvider? time = null)
    {
        this.time = time ?? TimeProvider.System;
        AtomicFile.Write(folder.MetricsFile, file =>
        {
            if (!File.Exists(folder.MetricsFile)) return;
            using var kept = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
            foreach (string line in RegularFile.ReadLines(folder.MetricsFile).Where(line => StepOf(line) <= step)) kept.WriteLine(line);
        });
        lines = new StreamWriter(new FileStream(folder.MetricsFile, FileMode.Append, FileAccess.Write, FileShare.Read | FileShare.Delete))
        {
            AutoFlush = true,
            NewLine = "\n",
        };
        Directory.CreateDirectory(folder.TensorBoardFolder);
        // Milliseconds, so that names sort by start time.
        string name = string.Create(CultureInfo.InvariantCulture,
            $"events.out.tfevents.{Now * 1000:f0}.{Environment.MachineName}.{Environment.ProcessId}");
        events = new TensorBoardEvents(Path.Combine(folder.TensorBoardFolder, name), step + 1, Now);
    }

    private double Now => time.GetUtcNow().ToUnixTimeMilliseconds() / 1e3; // as in the names of event files

    /// <summary>Shows the first views of the run in TensorBoard.</summary>
    /// <param name="png">The bytes of a PNG file.</param>
    public void WriteViews(byte[] png) => events.Image(0, Now, "views", png);

    /// <summary>Writes one step.</summary>
    /// <param name="metrics">The results of the step.</param>
    /// <param name="imagesPerSecond">Images of the step divided by its wall time.</param>
    /// <param name="dataWait">Seconds that the step waited for its views.</param>
    /// <param name="knn">The top-1 accuracy of the kNN classifier after this step, in [0, 1]; null if it was not computed.</param>
    /// <param name="communication">Seconds spent exchanging with other ranks, or waiting for them; null for a single rank.</param>
    public void Write(StepMetrics metrics, double imagesPerSecond, double dataWait, double? knn = null, double? communication = null)
    {
        var line = new JsonObject
        {
            ["step"] = metrics.Step,
            ["epoch"] = metrics.Epoch,
            ["loss"] = metrics.Loss,
            ["learning_rate"] = metrics.LearningRate,
            ["top1"] = metrics.Top1,
            ["top5"] = metrics.Top5,
            ["entropy"] = metrics.Entropy,
            ["gradient_norm"] = metrics.GradientNorm,
            ["images_per_second"] = Math.Round(imagesPerSecond, 2),
            ["data_wait"] = Math.Round(dataWait, 5),
            ["time"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
        };
        var labels = new List<(string Key, string Tag, double Value)>(); // figures that use labels, if there are any
        if (metrics.ProbeTop1 is { } probe && double.IsFinite(probe)) labels.Add(("online_probe", "labels/online_probe_top1", probe));
        if (knn is { } top1) labels.Add(("knn", "labels/knn_top1", top1));
        foreach (var (key, _, value) in labels) line[key] = value;
        if (communication is { } seconds) line["communication"] = Math.Round(seconds, 5);
        lines.WriteLine(line.ToJsonString());

        if (labels.Count > 0) events.Scalars(metrics.Step, Now, [.. labels.Select(label => (label.Tag, (float)label.Value))]);
        events.Scalars(
            metrics.Step, Now,
            ("train/loss", (float)metrics.Loss),
            ("train/learning_rate", (float)metrics.LearningRate),
            ("train/contrastive_top1", (float)metrics.Top1),
            ("train/contrastive_top5", (float)metrics.Top5),
            ("train/entropy", (float)metrics.Entropy),
            ("train/gradient_norm", (float)metrics.GradientNorm),
            ("speed/images_per_second", (float)imagesPerSecond),
            ("speed/data_wait", (float)dataWait));
    }

    /// <summary>The steps of a run, in order: (step, loss, top-1).</summary>
    /// <param name="folder">The run.</param>
    public static IEnumerable<(long Step, double Loss, double Top1)> Read(RunFolder folder) =>
        RegularFile.ReadLines(folder.MetricsFile).Select(ValuesOf).OfType<(long, double, double)>();

    /// <summary>The newest step, from the last complete line; null if there is none.</summary>
    /// <param name="folder">The run.</param>
    public static (long Step, double Loss, double Top1)? Newest(RunFolder folder)
    {
        const int Tail = 1 << 16;
        if (!File.Exists(folder.MetricsFile)) return null;
        using var file = RegularFile.OpenRead(folder.MetricsFile);
        if (file.Length > Tail) file.Seek(-Tail, SeekOrigin.End);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n').Reverse().Select(ValuesOf).FirstOrDefault(values => values is not null);
    }

    // A line that a kill truncated has no step, and is removed.
    private static long StepOf(string line) => ValuesOf(line)?.Step ?? long.MaxValue;

    private static (long Step, double Loss, double Top1)? ValuesOf(string line)
    {
        try
        {
            if (JsonNode.Parse(line) is not JsonObject o || o["step"] is not { } step || o["loss"] is not { } loss
                || o["top1"] is not { } top1)
                return null;
            (long Step, double Loss, double Top1) values = ((long)step, (double)loss, (double)top1);
            return double.IsFinite(values.Loss) && double.IsFinite(values.Top1) ? values : null;
        }
        // ArgumentException: a duplicate key
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Flushes and closes the files.</summary>
    public void Dispose()
    {
        lines.Dispose();
        events.Dispose();
    }
}
