using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Training;
using TorchSharp;

namespace SimClr.Cli.Runs;

/// <summary>Writes every step to <c>metrics.jsonl</c>, one JSON object a line, and to TensorBoard's event files.</summary>
internal sealed class MetricsLog : IDisposable
{
    private readonly StreamWriter lines;
    private readonly TorchSharp.Modules.SummaryWriter events;

    /// <summary>Opens the log of a run that goes on after <paramref name="step"/>: what a killed run wrote beyond it is taken back.</summary>
    public MetricsLog(RunFolder folder, long step)
    {
        var kept = File.Exists(folder.MetricsFile) ? [.. File.ReadLines(folder.MetricsFile).Where(line => StepOf(line) <= step)] : new List<string>();
        File.WriteAllLines(folder.MetricsFile + ".tmp", kept);
        File.Move(folder.MetricsFile + ".tmp", folder.MetricsFile, overwrite: true);
        lines = new StreamWriter(folder.MetricsFile, append: true) { AutoFlush = true };
        events = torch.utils.tensorboard.SummaryWriter(folder.TensorBoardFolder, createRunName: false);
    }

    /// <summary>Writes one step.</summary>
    /// <param name="metrics">The step.</param>
    /// <param name="imagesPerSecond">Images of the step over its wall time.</param>
    /// <param name="dataWait">Seconds for which the step waited for its views.</param>
    public void Write(StepMetrics metrics, double imagesPerSecond, double dataWait)
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
            ["time"] = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture),
        };
        lines.WriteLine(line.ToJsonString());

        int step = (int)Math.Min(metrics.Step, int.MaxValue);
        events.add_scalar("train/loss", (float)metrics.Loss, step);
        events.add_scalar("train/learning_rate", (float)metrics.LearningRate, step);
        events.add_scalar("train/contrastive_top1", (float)metrics.Top1, step);
        events.add_scalar("train/contrastive_top5", (float)metrics.Top5, step);
        events.add_scalar("train/entropy", (float)metrics.Entropy, step);
        events.add_scalar("train/gradient_norm", (float)metrics.GradientNorm, step);
        events.add_scalar("speed/images_per_second", (float)imagesPerSecond, step);
        events.add_scalar("speed/data_wait", (float)dataWait, step);
    }

    /// <summary>The steps of a run: (step, loss, top-1), in order.</summary>
    public static IEnumerable<(long Step, double Loss, double Top1)> Read(RunFolder folder) =>
        from line in File.ReadLines(folder.MetricsFile)
        let values = JsonNode.Parse(line)!
        select ((long)values["step"]!, (double)values["loss"]!, (double)values["top1"]!);

    // A line that a kill cut off has no step, and goes.
    private static long StepOf(string line)
    {
        try
        {
            return (long?)JsonNode.Parse(line)?["step"] ?? long.MaxValue;
        }
        catch (System.Text.Json.JsonException)
        {
            return long.MaxValue;
        }
    }

    public void Dispose() => lines.Dispose();
}
