using SimClr.Models;
using SimClr.Pretraining;

namespace SimClr.RunFolders;

/// <summary>The options of a pretraining in words: what a run says when it begins, the doctor before it, and a report after it.</summary>
public static class RunFacts
{
    /// <summary>How views are drawn: <c>area 0.08–1, colour 1, gray 0.2, blur 0.5</c>.</summary>
    public static string Views(PretrainOptions options) =>
        Text($"area {options.Views.MinScale}–{options.Views.MaxScale}, colour {options.Views.ColorStrength}, gray {options.Views.GrayscaleProbability}, blur {options.Views.BlurProbability}");

    /// <summary>What views of so many channels lack; nothing for three.</summary>
    public static string Colours(int channels) => channels == 3 ? "" : Text($"; of {channels} channels, so without saturation, hue and gray");

    /// <summary>The size of a model's encoder: its features and its parameters, in millions.</summary>
    public static string Size(SimClrModel model) => Text($"{model.FeatureDim} features, {model.Encoder.parameters().Sum(p => p.numel()) / 1e6:f2} M parameters");

    /// <summary>What of the encoder stays as it is: <c>, frozen: stem, layer1</c>; nothing where all of it is trained.</summary>
    public static string Frozen(PretrainOptions options) => options.Freeze.Count == 0 ? "" : $", frozen: {string.Join(", ", options.Freeze)}";

    /// <summary>The loss's temperature, and the negatives of a view in its batch.</summary>
    public static string Loss(PretrainOptions options) => Text($"τ {options.Temperature}, {2 * options.BatchSize - 2} negatives");

    /// <summary>The learning rate at the end of the warm-up, after scaling with the batch, and its decay from stage to stage if there is one.</summary>
    public static string PeakRate(PretrainOptions options) => Text($"peak rate {options.Optimizer.PeakLearningRate(options.BatchSize):g4}{(options.Optimizer.LayerDecay < 1 ? Text($", layer decay {options.Optimizer.LayerDecay}") : "")}");

    /// <summary>The epochs in which the learning rate rises.</summary>
    public static string Warmup(double? epochs) => Text($"warm-up {epochs} epochs");

    /// <summary>Epochs and steps of the whole run.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="perEpoch">Steps of an epoch.</param>
    /// <param name="total">Steps in all.</param>
    public static string Steps(PretrainOptions options, long perEpoch, long total) => Text($"{options.Epochs} epochs × {perEpoch} = {total}, {options.BatchSize} images each");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
