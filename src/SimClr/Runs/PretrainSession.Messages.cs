using System.Globalization;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.IO;
using SimClr.Losses;
using SimClr.Pretraining;
using SimClr.Recipes;
using SimClr.RunFolders;
using static TorchSharp.torch;

namespace SimClr.Runs;

// The messages of a run.
internal sealed partial class PretrainSession
{
    private void Introduce(UnlabelledDataset data, ImageGroups? groups, string views)
    {
        var o = pretrainer.Options;
        var optimizer = o.Optimizer;
        messages.Note($"{(how.Loss is TeacherLoss ? "Distillation of features" : "SimCLR pretraining")} → {folder.Path}");
        messages.Facts(
        [
            ("data", $"{data.Name}, {data.Count} images"),
            .. groups is null ? Array.Empty<(string, string)>()
                : [("positives", RunFacts.Positives(o, groups.Summary, settings.GroupColumn))],
            ("views", string.Create(CultureInfo.InvariantCulture, $"{o.ImageSize} × {o.ImageSize}, {RunFacts.Views(o)}" +
                $"{SmallCrops(o)}{string.Concat(how.Augmentations.Select(step => $"; then {step.Name}"))}" +
                $"{RunFacts.Colours(data.Channels)}{RunFacts.Values(o.Preprocessing)}")),
            ("encoder", $"{RunFacts.Encoder(o)}, {RunFacts.Size(pretrainer.Model)}{RunFacts.Frozen(o)}"),
            .. how.Loss is TeacherLoss { Identity: var teacher } ? [("teacher", teacher.ToString())] : Array.Empty<(string, string)>(),
            ("head", $"{o.Head.Layers} layer{(o.Head.Layers == 1 ? "" : "s")} → {pretrainer.Model.Head.OutputDim}"),
            ("loss", RunFacts.Loss(o, how.Loss?.Name)),
            ("optimizer", string.Create(CultureInfo.InvariantCulture, $"{OptionType.Write(optimizer.Kind)}, " +
                $"{RunFacts.PeakRate(o)}, decay {optimizer.WeightDecay:g3}, {RunFacts.Warmup(optimizer.WarmupEpochs)}, cosine to 0")),
            ("steps", $"{RunFacts.Steps(o, pretrainer.StepsPerEpoch, pretrainer.TotalSteps)}" +
                $"{(o.MicroBatchSize is > 0 and var m && m < o.BatchSize ? $" in micro-batches of {m}" : "")}"),
            ("machine", $"{RanksText(o)}{how.Device}, {o.Precision.ToString().ToLowerInvariant()}, {views}; " +
                $"{get_num_threads()} threads; JPEG by {ImageDecoder.JpegDecoder}"),
        ]);
    }

    private static string SmallCrops(PretrainOptions options) => options.SmallCrops is not { Count: > 0 } small ? ""
        : string.Create(CultureInfo.InvariantCulture, $"; {small.Count} small crops of {small.ImageSize} × {small.ImageSize}, " +
            $"area {small.MinScale}–{small.MaxScale}");

    private string RanksText(PretrainOptions options) => ranks.Size == 1 ? ""
        : $"{ranks.Size} ranks on {ranks.Hosts} host{(ranks.Hosts == 1 ? "" : "s")}, " +
            $"each {pretrainer.Options.BatchSize / ranks.Size} {RunFacts.Unit(options)} of a batch, ";

    /// <summary>The text of a step beside the progress bar.</summary>
    public string Line(StepMetrics step)
    {
        var left = how.Time.GetElapsedTime(began) / (step.Step - first) * (pretrainer.TotalSteps - step.Step);
        string exchanging = ranks.Size > 1 ? $", {Percent.WithSign(talking * pace.ImagesPerSecond / pretrainer.Options.BatchSize)} " +
            $"of the time in communication" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {step.Epoch + 1}/{pretrainer.Options.Epochs} loss {step.Loss:f3} top-1 {step.Top1:p1}" +
            $"{(step.ProbeTop1 is { } probe ? $" probe {Percent.WithSign(probe)}" : "")}" +
            $"{(knn is { } near ? $" kNN {Percent.WithSign(near)}" : "")}" +
            $" lr {step.LearningRate:g3} {pace.Smooth:f0} images/s" +
            $"{(pace.WaitingNow > NotableWait ? $" ({Percent.WithSign(pace.WaitingNow)} of the time waiting for images)" : "")}" +
            $" ETA {(int)left.TotalHours:00}:{left:mm\\:ss}{exchanging}");
    }

    private void TellWhatIsSaved()
    {
        if (ranks.IsFirst) messages.Note($"Saved after step {pretrainer.Step}. Continue with --resume.");
    }

    // Reported once: a parameter that the loss does not reach stays so.
    private static string UnusedText(IReadOnlyList<string> names) =>
        $"{(names.Count == 1 ? "A parameter gets" : $"{names.Count} parameters get")} no gradient " +
            $"and {(names.Count == 1 ? "is" : "are")} not trained: {string.Join(", ", names.Take(5))}{(names.Count > 5 ? " …" : "")}.";

    // Reported once: a collapsed run would repeat it at every step.
    private static string CollapseOf(StepMetrics step, PretrainOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {step.Step}: collapse: all projections are nearly the same (top-1 {step.Top1:p1}, entropy {step.Entropy:f3} of " +
            $"{Math.Log(2 * options.BatchSize - 1):f3} nats). If this continues, the run learns nothing. The " +
            $"images may be all alike or black (look at them with simclr views), the learning rate too high, or the warm-up too short.");
}
