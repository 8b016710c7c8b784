using System.Globalization;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Recipes;
using SimClr.Runtime;
using TorchSharp;
using YamlDotNet.RepresentationModel;

namespace SimClr.Runs;

/// <summary>
/// The options of a run, some of which the program chooses: a recipe or a command line says <c>auto</c> instead of a number.
/// The values depend on the images, the device and its memory. They are chosen once, before the run begins, and its recipe on disk
/// has them as numbers.
/// </summary>
public sealed class AutomaticOptions
{
    /// <summary>
    /// The recipe of a run for which none is named: photographs, half an hour to an hour on two cores. Kinds of encoders that need other
    /// values have a recipe of their own, with the kind's name.
    /// </summary>
    public const string DefaultRecipe = "photos";

    /// <summary>The word for a value that the program chooses.</summary>
    public const string Auto = "auto";

    private const string Stem = "encoder.stem", StemOfSmallImages = "small-stride2";
    private const string Epochs = "epochs", BatchSize = "batch-size", PrecisionKey = "precision",
        ImageSize = "preprocessing.image-size", Warmup = "optimizer.warmup-epochs",
        ValueRange = "preprocessing.value-range", ValueType = "preprocessing.value-type", OptimizerKey = "optimizer.kind";

    // An hour on two cores (docs/results.md). Ten times as many on a GPU, which was not measured.
    private const int ImagesShown = 300_000, ImagesShownOnGpu = 3_000_000, MostEpochs = 1000;
    private const int LargestView = 96, SmallImage = 64, FewestInBatch = 32, MostInBatch = 128, MostInBatchOnGpu = 512, StepsInEpoch = 8;
    private const double MemoryShare = 0.5;

    private readonly HashSet<string> open;
    private readonly IReadOnlyList<Setting> settings, arguments;
    private readonly string? defaultRecipe; // null: a recipe was named

    /// <summary>Reads the settings of a run.</summary>
    /// <param name="recipe">The recipe's settings; null for those of <see cref="DefaultRecipe"/>.</param>
    /// <param name="arguments">Settings from the command line, which replace the recipe's.</param>
    /// <param name="start">
    /// The encoder and the images of the weights that the run starts from. They replace the default recipe, and a named recipe replaces
    /// them. Null: the run starts from random weights.
    /// </param>
    /// <exception cref="ConfigurationException">
    /// A key is unknown or given twice, or a value is of the wrong type or out of range.
    /// </exception>
    public AutomaticOptions(IReadOnlyList<Setting>? recipe, IReadOnlyList<Setting> arguments, IReadOnlyList<Setting>? start = null)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        start ??= [];
        if (recipe is not null) settings = Over(WithoutOtherKind(start, recipe), recipe);
        else
        {
            (defaultRecipe, settings) = DefaultFor(arguments, start);
            settings = Over(settings, start);
        }
        this.arguments = arguments;
        open = [.. Over(settings, arguments).Where(IsAuto).Select(setting => setting.Key)];
        Draft = Bind([]);
    }

    /// <summary>The options without what is left to the program: these values are the records' defaults.</summary>
    public PretrainOptions Draft { get; }

    /// <summary>The settings with a value of their own. If such a value is refused, the message says that it may be <c>auto</c>.</summary>
    /// <param name="settings">All settings of a run.</param>
    public static IEnumerable<Setting> WithoutAuto(IEnumerable<Setting> settings) =>
        settings.Where(setting => !IsAuto(setting)).Select(setting => setting with { MayBeAuto = MayBeAuto(setting.Key) });

    private static bool MayBeAuto(string key) => key is Epochs or BatchSize or PrecisionKey or ImageSize or Warmup or ValueRange;

    private static bool IsAuto(Setting setting) => MayBeAuto(setting.Key) && setting.Value is YamlScalarNode { Value: Auto };

    /// <summary>The options of a run on the images of a source.</summary>
    /// <param name="source">Where the images are.</param>
    /// <param name="limit">A seeded subset of so many images; null for all.</param>
    /// <param name="groupColumn">The list of groups where <see cref="PretrainOptions.Positives"/> is a column of one; else null.</param>
    /// <param name="device">Where the run will train; null for the CPU.</param>
    /// <param name="ranks">Processes that share a batch, at least 1.</param>
    /// <exception cref="InvalidDataException">There are no images, or none can be read, or the list of groups is damaged.</exception>
    public PretrainOptions For(ImageSource source, int? limit, GroupColumn? groupColumn, torch.Device? device, int ranks = 1)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (open.Count == 0 && defaultRecipe is null) return Draft;
        var images = source.ForPretraining(limit, Draft.Seed);
        var groups = PositiveGroups.Of(Draft, images, groupColumn, own: null, IMessages.None);
        var options = For(groups?.Count ?? images.Count, ImageSource.LargestSide(images), device, ranks);
        return options with { Preprocessing = ValueRangeFinder.Complete(images, options.Preprocessing) };
    }

    /// <summary>The options of a run on some images.</summary>
    /// <param name="items">Images, or groups of images, in an epoch.</param>
    /// <param name="largestSide">The longer side of the images, in pixels.</param>
    /// <param name="device">Where the run will train; null for the CPU.</param>
    /// <param name="ranks">Processes that share a batch, at least 1.</param>
    public PretrainOptions For(int items, int largestSide, torch.Device? device = null, int ranks = 1)
    {
        bool onGpu = device?.type == DeviceType.CUDA;
        var options = HasStemOfSmallImages(largestSide) ? Bind([Setting.FromArgument(Stem, StemOfSmallImages, DefaultRecipe)]) : Draft;
        if (open.Contains(ImageSize))
        {
            int side = options.Encoder.LargestSize(Math.Min(LargestView, new Preprocessing().ForSides(largestSide).ImageSize));
            options = options with { Preprocessing = options.Preprocessing with { ImageSize = side } };
        }
        if (open.Contains(ValueRange))
            options = options with { Preprocessing = options.Preprocessing with { ValueRange = [], ValueType = null } };
        if (open.Contains(PrecisionKey))
            options = options with { Precision = onGpu && CudaRuntime.HasBFloat16(device!) ? Precision.Bf16 : Precision.Fp32 };
        if (open.Contains(BatchSize))
            options = options with { BatchSize = Batch(items, Fitting(options.For(largestSide), device), onGpu, ranks) };
        if (open.Contains(Epochs))
        {
            double epochs = Math.Round((onGpu ? ImagesShownOnGpu : ImagesShown) / (double)Math.Max(1, items));
            options = options with { Epochs = (int)Math.Clamp(epochs, 1, MostEpochs) };
        }
        if (open.Contains(Warmup))
        {
            double warmup = Math.Round(options.Encoder.WarmupShare * options.Epochs, 2);
            options = options with { Optimizer = options.Optimizer with { WarmupEpochs = warmup } };
        }
        options.Validate();
        return options;
    }

    /// <summary>What was chosen, as a sentence; null where nothing was left to the program.</summary>
    /// <param name="options">From <see cref="For(int, int, torch.Device?, int)"/>.</param>
    public string? Describe(PretrainOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] parts =
        [
            .. defaultRecipe is null ? Array.Empty<string>() : [$"recipe {defaultRecipe}"],
            .. Chosen(Epochs, $"{options.Epochs} epochs"),
            .. Chosen(BatchSize, $"batch size {options.BatchSize}"),
            .. Chosen(PrecisionKey, $"precision {options.Precision.ToString().ToLowerInvariant()}"),
            .. Chosen(ImageSize, $"views of {options.ImageSize} pixels"),
            .. options.Preprocessing.ValueRange is [var low, var high] ? Chosen(ValueRange, $"values {low} to {high}") : [],
            .. Chosen(Warmup, string.Create(CultureInfo.InvariantCulture, $"warm-up {options.Optimizer.WarmupEpochs} epochs")),
        ];
        return parts.Length == 0 ? null : $"Chosen automatically: {string.Join(", ", parts)}.";
    }

    private PretrainOptions Bind(IReadOnlyList<Setting> more)
    {
        // A range on the command line is for the images of this run, whatever the images of the weights are.
        bool givesRange = arguments.Any(setting => setting.Key == ValueRange);
        return OptionsBinder.Bind<PretrainOptions>(
            WithoutAuto(Over(settings, more).Where(setting => !(givesRange && setting.Key == ValueType))), WithoutAuto(arguments));
    }

    private bool HasStemOfSmallImages(int largestSide) =>
        defaultRecipe == DefaultRecipe && !settings.Concat(arguments).Any(setting => setting.Key is Stem or "encoder.kind")
        && (Draft.ImageSize > 0 ? Draft.ImageSize : new Preprocessing().ForSides(largestSide).ImageSize) <= SmallImage;

    private string[] Chosen(string key, string text) => open.Contains(key) ? [text] : [];

    // The default recipe. If another optimizer or kind of encoder is asked for, the values for the recipe's own are left out.
    private static (string Recipe, IReadOnlyList<Setting> Settings) DefaultFor(
        IReadOnlyList<Setting> arguments, IReadOnlyList<Setting> start)
    {
        var encoder = OptionsBinder.Bind<PretrainOptions>(start, WithoutAuto(arguments)).Encoder;
        string kind = OptionKinds.NameOf(typeof(EncoderOptions), encoder)!;
        string recipe = Recipe.Names().Contains(kind) ? kind : DefaultRecipe;
        var settings = Recipe.Read(recipe);
        bool otherEncoder = recipe == DefaultRecipe && encoder.GetType() != EncoderOptions.Default.GetType();
        bool otherOptimizer = arguments.Any(argument => argument.Key == OptimizerKey
            && argument.Value.ToString() != settings.First(setting => setting.Key == OptimizerKey).Value.ToString());
        return (recipe, [.. settings.Where(setting =>
            !(otherOptimizer && setting.Key.StartsWith("optimizer.", StringComparison.Ordinal))
            && !(otherEncoder && setting.Key.StartsWith("encoder.", StringComparison.Ordinal)))]);
    }

    // A recipe for another kind of encoder replaces the whole encoder of the start, except the channels of its images.
    private static IReadOnlyList<Setting> WithoutOtherKind(IReadOnlyList<Setting> start, IReadOnlyList<Setting> recipe)
    {
        static bool IsOfEncoder(Setting setting) =>
            setting.Key.StartsWith("encoder.", StringComparison.Ordinal) && setting.Key != "encoder.channels";
        static Type KindOf(IEnumerable<Setting> settings) =>
            OptionsBinder.Bind<PretrainOptions>(settings.Where(IsOfEncoder), []).Encoder.GetType();
        return !start.Any(IsOfEncoder) || !recipe.Any(IsOfEncoder) || KindOf(start) == KindOf(recipe) ? start
            : [.. start.Where(setting => !IsOfEncoder(setting))];
    }

    private static IReadOnlyList<Setting> Over(IReadOnlyList<Setting> lower, IReadOnlyList<Setting> upper) =>
        [.. lower.Where(setting => !upper.Any(other => other.Key == setting.Key)), .. upper];

    // A power of two with at least eight steps in an epoch, where there are enough images.
    private static int Batch(int items, int fitting, bool onGpu, int ranks)
    {
        int most = Math.Min(items, Math.Min(fitting,
            Math.Clamp(items / StepsInEpoch, FewestInBatch, onGpu ? MostInBatchOnGpu : MostInBatch)));
        int batch = 1 << int.Log2(Math.Max(2, most));
        return ranks == 1 ? batch : Math.Max(1, batch / ranks) * ranks;
    }

    // Images of a step for which half of the memory suffices.
    private static int Fitting(PretrainOptions complete, torch.Device? device)
    {
        double bytes = complete.Encoder.StoredBytes(complete.ImageSize);
        return complete.MicroBatchSize > 0 || bytes == 0 ? int.MaxValue
            : (int)Math.Clamp(MemoryShare * TrainingEstimate.Available(device) / (2 * bytes), 2, int.MaxValue);
    }
}
