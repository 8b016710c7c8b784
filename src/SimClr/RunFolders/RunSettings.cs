using System.Text.Json.Serialization;
using SimClr.Datasets;
using SimClr.Pretraining;

namespace SimClr.RunFolders;

/// <summary>What a run was made from, beside its recipe: kept as <c>run.json</c>.</summary>
public sealed record RunSettings
{
    /// <summary>The <see cref="Format"/> that is read and written.</summary>
    internal const int KnownFormat = 1;

    /// <summary>The version of this file and of <c>metrics.jsonl</c>; version 0.1 of the program wrote none, and 1 was meant.</summary>
    public int Format { get; init; } = KnownFormat;

    /// <summary>The images: a whole path, or a name; null where a program gave the run its images (<see cref="DataName"/> says which). Runs of version 0.1 have the path as it was typed, which leads there from the folder where they were begun.</summary>
    public string? Data { get; init; }

    /// <summary>How many of them, drawn by the seed; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>What was found there.</summary>
    public string? DataName { get; init; }

    /// <summary>How many images; a resumed run needs the same number.</summary>
    public int ImageCount { get; init; }

    /// <summary>Of their names in their order (<see cref="DatasetFingerprint.OfNames"/>); a resumed run needs the same. Null in runs that were begun before it was kept.</summary>
    public string? ImagesSha256 { get; init; }

    /// <summary>The weights that the encoder started from; null for fresh ones.</summary>
    public string? Weights { get; init; }

    /// <summary>The name of the loss that the run was given (<see cref="Losses.IContrastiveLoss.Name"/>); null where its recipe names one.</summary>
    public string? Loss { get; init; }

    /// <summary>The device that the run began on (<see cref="Runtime.Machine.Find"/>); null in runs that were begun before it was kept.</summary>
    public string? Device { get; init; }

    /// <summary>Whether a linear classifier learned from the labels beside the encoder, whose gradient did not reach it.</summary>
    public bool OnlineProbe { get; init; }

    /// <summary>Epochs between looks at the neighbours of training images, with labels; null for none.</summary>
    public int? KnnEvery { get; init; }

    /// <summary>The names of the augmentations that whoever began the run brought along, in their order; a resumed run needs the same.</summary>
    public IReadOnlyList<string> Augmentations { get; init; } = [];

    /// <summary>The list of the groups of <see cref="PositivesKind.Column"/>, by its whole path; null where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GroupColumn? GroupColumn { get; init; }

    /// <summary>The groups that pairs were taken from; a resumed run needs the same. Null where both views are of one image.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GroupSummary? Groups { get; init; }

    /// <summary>The version of the program.</summary>
    public string? Version { get; init; }

    // What sentences call the place of the images.
    private string? Place => Data ?? DataName;

    /// <summary>Where the images are.</summary>
    /// <param name="given">Where they are now, if not where they were.</param>
    /// <exception cref="InvalidDataException">A program gave the run its images, and nothing is given.</exception>
    public string WhereImagesAre(string? given = null) => given ?? Data ?? throw new InvalidDataException(
        $"The images of this run came from a program ({DataName}). Resume it from that program, or name a folder with the same images: --data.");

    /// <summary>The steps of the whole run: whole batches of an epoch, times the epochs.</summary>
    /// <param name="options">The run's.</param>
    public long TotalSteps(PretrainOptions options) => (long)((Groups?.Count ?? ImageCount) / options.BatchSize) * options.Epochs;

    /// <summary>Refuses to go on with other groups than the run was begun with.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="groups">Those that are found now; null for none.</param>
    /// <exception cref="InvalidDataException">They are others.</exception>
    public void RequireGroups(string run, GroupSummary? groups)
    {
        if (groups?.Sha256 != Groups?.Sha256)
            throw new InvalidDataException($"The run in {run} began with other groups ({Groups?.ToString() ?? "none"}) than {GroupColumn?.File ?? Place} has now ({groups?.ToString() ?? "none"}). Give --positives the original groups, or start a new run (--output).");
    }

    /// <summary>Refuses to go on with other augmentations than the run was begun with.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="names">Those that are here now.</param>
    /// <exception cref="ConfigurationException">They are others, or in another order.</exception>
    public void RequireAugmentations(string run, IReadOnlyList<string> names)
    {
        if (!Augmentations.SequenceEqual(names))
            throw new ConfigurationException($"The run in {run} began with {Shown(Augmentations)} and cannot continue with {Shown(names)}. Resume it from C# with the original PretrainRunOptions.Augmentations, in their order.");

        static string Shown(IReadOnlyList<string> names) => names.Count == 0 ? "no custom augmentation" : $"the augmentation{(names.Count == 1 ? "" : "s")} {string.Join(", ", names)}";
    }

    /// <summary>Refuses to go on with another loss than the run was begun with, or without it.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="name">Of the loss that is given now; null for none.</param>
    /// <exception cref="ConfigurationException">It is another.</exception>
    public void RequireLoss(string run, string? name)
    {
        if (Loss != name)
            throw new ConfigurationException($"The run in {run} began with {(Loss is null ? "the loss of its recipe" : $"the loss '{Loss}'")}, but is resumed with {(name is null ? "none" : $"'{name}'")}. Give the same loss (PretrainRunOptions.Loss), or start a new run.");
    }

    /// <summary>Refuses to go on with other images than the run was begun with.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="count">How many there are now.</param>
    /// <param name="sha256">Of their names.</param>
    /// <exception cref="InvalidDataException">They are others.</exception>
    public void RequireImages(string run, int count, string sha256)
    {
        if (ImageCount != count)
            throw new InvalidDataException($"The run in {run} began with {ImageCount} images ({DataName}), but {Place} has {count}. Give --data the original images, or start a new run (--output).");
        if (ImagesSha256 is not null && ImagesSha256 != sha256)
            throw new InvalidDataException($"The run in {run} began with other images ({DataName}) than {Place} has: the number is the same ({count}), but names or folders differ. Give --data the original images, or start a new run (--output).");
    }
}
