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

    /// <summary>The images: a whole path, or a name. Runs of version 0.1 have the path as it was typed, which leads there from the folder where they were begun.</summary>
    public required string Data { get; init; }

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

    /// <summary>Whether a linear classifier learned from the labels beside the encoder, whose gradient did not reach it.</summary>
    public bool OnlineProbe { get; init; }

    /// <summary>Epochs between looks at the neighbours of training images, with labels; null for none.</summary>
    public int? KnnEvery { get; init; }

    /// <summary>The list of the groups of <see cref="PositivesKind.Column"/>, by its whole path; null where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GroupColumn? GroupColumn { get; init; }

    /// <summary>The groups that pairs were taken from; a resumed run needs the same. Null where both views are of one image.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GroupSummary? Groups { get; init; }

    /// <summary>The version of the program.</summary>
    public string? Version { get; init; }

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
            throw new InvalidDataException($"The run in {run} was begun with other groups ({Groups?.ToString() ?? "none"}) than {GroupColumn?.File ?? Data} gives now ({groups?.ToString() ?? "none"}). Give --positives the groups that it had, or begin a new run (--output).");
    }

    /// <summary>Refuses to go on with other images than the run was begun with.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="count">How many there are now.</param>
    /// <param name="sha256">Of their names.</param>
    /// <exception cref="InvalidDataException">They are others.</exception>
    public void RequireImages(string run, int count, string sha256)
    {
        if (ImageCount != count)
            throw new InvalidDataException($"The run in {run} was begun with {ImageCount} images ({DataName}); {Data} has {count}. Give --data the images that it had, or begin a new run (--output).");
        if (ImagesSha256 is not null && ImagesSha256 != sha256)
            throw new InvalidDataException($"The run in {run} was begun with other images ({DataName}) than {Data} has: as many, {count}, but their names or folders differ. Give --data the images that it had, or begin a new run (--output).");
    }
}
