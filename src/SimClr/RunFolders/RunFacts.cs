using SimClr.Datasets;
using SimClr.Images;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Recipes;

namespace SimClr.RunFolders;

/// <summary>Describes the options of a pretraining run as text: at its start, in the doctor and in a report.</summary>
public static class RunFacts
{
    /// <summary>
    /// The distribution of views: <c>area 0.08–1, colour 1, gray 0.2, blur 0.5</c>, followed by other active steps:
    /// <c>vertical flip 0.5, rotation 0.75</c>.
    /// </summary>
    /// <param name="options">Options without automatic values.</param>
    public static string Views(PretrainOptions options) =>
        Text($"area {options.Views.MinScale}–{options.Views.MaxScale}, colour {options.Views.ColorStrength}, ",
            $"gray {options.Views.GrayscaleProbability}, blur {options.Views.BlurProbability}")
        + (options.Views.VerticalFlipProbability > 0 ? Text($", vertical flip {options.Views.VerticalFlipProbability}") : "")
        + (options.Views.RotateProbability > 0 ? Text($", rotation {options.Views.RotateProbability}") : "");

    /// <summary>What views of so many channels lack; nothing for three.</summary>
    /// <param name="channels">The channels of the images.</param>
    public static string Colours(int channels) => channels == 3 ? "" : Text($"; of {channels} channels: no saturation, hue and gray");

    /// <summary>The values that become 0 and 1: <c>; values 100 to 4095 are 0 to 1</c>; empty for the range of their type.</summary>
    /// <param name="preprocessing">Options without automatic values.</param>
    public static string Values(Preprocessing preprocessing) => (preprocessing ?? throw new ArgumentNullException(nameof(preprocessing)))
        .ValueRange is [var low, var high] ? Text($"; values {low:g6} to {high:g6} are 0 to 1") : "";

    /// <summary>The encoder as options spell it, with its traits: <c>resnet18 × 0.5, stem small-stride2</c>.</summary>
    /// <param name="options">Options without automatic values.</param>
    public static string Encoder(PretrainOptions options) => options.Encoder.DescribeFully() +
        string.Concat(options.Encoder.Traits().Select(trait => $", {trait.Name} {OptionType.Write(trait.Value)}"));

    /// <summary>The size of a model's encoder: its features and its parameters, in millions.</summary>
    /// <param name="model">Borrowed.</param>
    public static string Size(SimClrModel model) =>
        Text($"{model.FeatureDim} features, {model.Encoder.parameters().Sum(p => p.numel()) / 1e6:f2} M parameters");

    /// <summary>The frozen parts of the encoder: <c>, frozen: stem, layer1</c>; empty if all of it is trained.</summary>
    /// <param name="options">Options without automatic values.</param>
    public static string Frozen(PretrainOptions options) =>
        options.Freeze.Count == 0 ? "" : $", frozen: {string.Join(", ", options.Freeze)}";

    /// <summary>
    /// The loss, its temperature, and the negatives of a view in its batch: <c>NT-Xent, τ 0.5, 510 negatives</c>. A teacher's loss has
    /// no negatives.
    /// </summary>
    /// <param name="options">The options of the run.</param>
    /// <param name="custom">The name of a custom loss; null if it is unknown, or for any other loss.</param>
    public static string Loss(PretrainOptions options, string? custom = null)
    {
        if (custom == TeacherLoss.NameInRuns)
            return Text($"1 − cosine to the teacher's features after a linear map, τ {options.Temperature}");
        string name = options.Loss switch
        {
            LossKind.NtXent => "NT-Xent",
            LossKind.Decoupled => "decoupled",
            _ => custom is null ? "custom" : $"custom '{custom}'",
        };
        return Text($"{name}, τ {options.Temperature}, {2 * options.BatchSize - 2} negatives");
    }

    /// <summary>The items of a batch and an epoch: <c>images</c>, or <c>groups</c> of them.</summary>
    /// <param name="options">The options of a run.</param>
    public static string Unit(PretrainOptions options) => options.Positives == PositivesKind.Views ? "images" : "groups";

    /// <summary>The source of the pairs: <c>folders, 512 groups of 1–9 images (median 3), 40 of one image</c>.</summary>
    /// <param name="options">The options of the run.</param>
    /// <param name="groups">The groups of the run.</param>
    /// <param name="column">The list with the groups; null without a list.</param>
    public static string Positives(PretrainOptions options, GroupSummary groups, GroupColumn? column)
    {
        string source = options.Positives == PositivesKind.Folder ? "folders"
            : options.Positives == PositivesKind.List ? "groups of the list"
            : column is null ? "custom groups" : $"column {column.Column} of {column.File}";
        return Text($"{source}, {groups}");
    }

    /// <summary>The learning rate after the warm-up, scaled for the batch, and its decay per stage if there is one.</summary>
    /// <param name="options">Options without automatic values.</param>
    public static string PeakRate(PretrainOptions options) =>
        Text($"peak rate {options.Optimizer.PeakLearningRate(options.BatchSize):g4}",
            $"{(options.Optimizer.LayerDecay < 1 ? Text($", layer decay {options.Optimizer.LayerDecay}") : "")}");

    /// <summary>The length of the warm-up.</summary>
    /// <param name="epochs">The length in epochs.</param>
    public static string Warmup(double? epochs) => Text($"warm-up {epochs} epoch{(epochs == 1 ? "" : "s")}");

    /// <summary>The epochs and steps of the whole run.</summary>
    /// <param name="options">The options of the run.</param>
    /// <param name="perEpoch">Steps per epoch.</param>
    /// <param name="total">Steps in total.</param>
    public static string Steps(PretrainOptions options, long perEpoch, long total) =>
        Text($"{options.Epochs} epoch{(options.Epochs == 1 ? "" : "s")} × {perEpoch} = {total}, {options.BatchSize} {Unit(options)} each");

    /// <summary>Text with numbers as everywhere: with a point, in no language.</summary>
    internal static string Text(params FormattableString[] parts) => string.Concat(parts.Select(FormattableString.Invariant));
}
