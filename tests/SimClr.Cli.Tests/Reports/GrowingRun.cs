using SimClr.Cli.Tests.Commands;
using SimClr.Pretraining;
using SimClr.RunFolders;

namespace SimClr.Cli.Tests.Reports;

/// <summary>A run folder as a training process writes and locks it. A test adds the steps: 6 steps of 8 images.</summary>
internal sealed class GrowingRun : IDisposable
{
    private static readonly DateTime Start = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly TemporaryFolder folder = new();
    private readonly RunFolder run;
    private IDisposable? held;

    public GrowingRun()
    {
        run = new(folder.In("growing"));
        held = run.Hold();
        run.Create(new PretrainOptions { Epochs = 3, BatchSize = 8 }.For(32), new RunSettings { Data = ["builtin"], DataName = "built-in", ImageCount = 16 });
    }

    public string Path => run.Path;

    public static string Line(int step, double loss) => FormattableString.Invariant($"{{\"step\":{step},\"epoch\":0,\"loss\":{loss},\"top1\":0.5,\"images_per_second\":16,\"time\":\"{Start.AddSeconds(step):O}\"}}\n");

    /// <summary>Appends to metrics.jsonl, including incomplete lines.</summary>
    public void Append(params ReadOnlySpan<string> texts) => File.AppendAllText(run.MetricsFile, string.Concat(texts));

    /// <summary>Replaces metrics.jsonl, as a resumed run does.</summary>
    public void Rewrite(params ReadOnlySpan<string> lines)
    {
        File.WriteAllText(run.MetricsFile + ".tmp", string.Concat(lines));
        File.Move(run.MetricsFile + ".tmp", run.MetricsFile, overwrite: true);
    }

    /// <summary>Stops training.</summary>
    public void Release()
    {
        held?.Dispose();
        held = null;
    }

    /// <summary>Saves the last checkpoint (only its name matters) and stops training.</summary>
    public void Finish()
    {
        Directory.CreateDirectory(run.In("checkpoints/step-000006"));
        Release();
    }

    public void Dispose()
    {
        Release();
        folder.Dispose();
    }
}
