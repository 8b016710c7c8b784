using System.Text.Json.Serialization;
using SimClr.Datasets;
using SimClr.Losses;
using SimClr.Pretraining;

namespace SimClr.RunFolders;

/// <summary>The data and other settings of a run, beside its recipe: the file <c>run.json</c>.</summary>
public sealed record RunSettings
{
    /// <summary>The supported <see cref="Format"/>.</summary>
    internal const int KnownFormat = 1;

    /// <summary>The version of this file and of <c>metrics.jsonl</c>. Version 0.1 of the program wrote none; that means 1.</summary>
    public int Format { get; init; } = KnownFormat;

    /// <summary>
    /// The images: absolute paths or names, in their order; null if a program gave the run its images (then <see cref="DataName"/>
    /// identifies them). In the file a single one is a text, and several are a list. Runs of version 0.1 have the path as it was typed,
    /// relative to the folder in which they were started.
    /// </summary>
    [JsonConverter(typeof(OneOrSeveral))]
    public IReadOnlyList<string>? Data { get; init; }

    /// <summary>The number of images drawn with the seed; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>The name of the data that was found.</summary>
    public string? DataName { get; init; }

    /// <summary>The number of images; a resumed run needs the same.</summary>
    public int ImageCount { get; init; }

    /// <summary>
    /// The hash of the image names in order (<see cref="DatasetFingerprint.OfNames"/>); a resumed run needs the same. Null in older runs.
    /// </summary>
    public string? ImagesSha256 { get; init; }

    /// <summary>The initial weights of the encoder; null for random ones.</summary>
    public string? Weights { get; init; }

    /// <summary>The name of the custom loss of the run (<see cref="Losses.IContrastiveLoss.Name"/>); null for a built-in loss.</summary>
    public string? Loss { get; init; }

    /// <summary>The teacher of the run (<see cref="TeacherLoss"/>); a resumed run needs the same. Null without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TeacherIdentity? Teacher { get; init; }

    /// <summary>
    /// The device that the run began on (<see cref="Runtime.Machine.Find"/>); null for older runs, which did not store it.
    /// </summary>
    public string? Device { get; init; }

    /// <summary>Whether a linear classifier learned from the labels beside the encoder, whose gradient did not reach it.</summary>
    public bool OnlineProbe { get; init; }

    /// <summary>Epochs between kNN evaluations on training images, with labels; null for none.</summary>
    public int? KnnEvery { get; init; }

    /// <summary>The names of the run's own augmentations, in order; a resumed run needs the same.</summary>
    public IReadOnlyList<string> Augmentations { get; init; } = [];

    /// <summary>The list of groups for <see cref="PositivesKind.Column"/>, with its absolute path; null if there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GroupColumn? GroupColumn { get; init; }

    /// <summary>The groups of the pairs; a resumed run needs the same. Null if both views show the same image.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GroupSummary? Groups { get; init; }

    /// <summary>The version of the program.</summary>
    public string? Version { get; init; }

    /// <summary>The places of the images in one text, for people; the name of the data if a program gave them.</summary>
    [JsonIgnore]
    public string? Place => Data is null ? DataName : string.Join(" + ", Data);

    /// <summary>The location of the images.</summary>
    /// <param name="given">Their current location, if they have moved.</param>
    /// <exception cref="InvalidDataException">A program gave the run its images, and no location is given.</exception>
    public IReadOnlyList<string> WhereImagesAre(IReadOnlyList<string>? given = null) => given ?? Data ?? throw new InvalidDataException(
        $"The images of this run came from a program ({DataName}). " +
            $"Resume it from that program, or name a folder with the same images: --data.");

    /// <summary>Finds the images of the run. Downloads the data set if a name means one.</summary>
    /// <param name="given">Their current location, if they have moved.</param>
    /// <param name="downloads">Where a data set is downloaded from and to. Null (the default): downloads are refused.</param>
    /// <param name="messages">Receives notes about data that is not used. Default: none.</param>
    /// <param name="cancellationToken">Ends the download, and later the wait for images that are unavailable.</param>
    /// <exception cref="InvalidDataException">A program gave the run its images, and no location is given.</exception>
    /// <exception cref="DirectoryNotFoundException">
    /// The images are not where the run began: they have moved, or it began on another machine. Or nothing exists at the given location.
    /// </exception>
    /// <exception cref="ConfigurationException">The data set must be downloaded, and downloads are refused.</exception>
    public async Task<ImageSource> FindImagesAsync(IReadOnlyList<string>? given = null, DownloadPlace? downloads = null,
        IMessages? messages = null, CancellationToken cancellationToken = default)
    {
        var places = WhereImagesAre(given);
        try
        {
            var source = await ImageSource.FindAsync(places, downloads, messages, cancellationToken).ConfigureAwait(false);
            source.RequirePlaces();
            return source;
        }
        catch (Exception e) when (given is null && e is (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new DirectoryNotFoundException($"The images of this run are not at {Place}, where it began. " +
                $"Name their new place with --data.", e);
        }
    }

    /// <summary>The steps of the whole run: complete batches per epoch, times the epochs.</summary>
    /// <param name="options">The options of the run.</param>
    public long TotalSteps(PretrainOptions options) => (long)((Groups?.Count ?? ImageCount) / options.BatchSize) * options.Epochs;

    /// <summary>Refuses to resume with other groups than at the start.</summary>
    /// <param name="run">The folder of the run.</param>
    /// <param name="groups">The current groups; null for none.</param>
    /// <exception cref="InvalidDataException">The groups differ.</exception>
    public void RequireGroups(string run, GroupSummary? groups)
    {
        if (groups?.Sha256 != Groups?.Sha256)
            throw new InvalidDataException($"The run in {run} began with other groups ({Groups?.ToString() ?? "none"}) than " +
                $"{GroupColumn?.File ?? Place} has now ({groups?.ToString() ?? "none"}). " +
                $"Give --positives the original groups, or start a new run (--output).");
    }

    /// <summary>Refuses to resume with other augmentations than at the start.</summary>
    /// <param name="run">The folder of the run.</param>
    /// <param name="names">The current augmentations.</param>
    /// <exception cref="ConfigurationException">The augmentations or their order differ.</exception>
    public void RequireAugmentations(string run, IReadOnlyList<string> names)
    {
        if (!Augmentations.SequenceEqual(names))
            throw new ConfigurationException($"The run in {run} began with {Shown(Augmentations)} and cannot " +
                $"continue with {Shown(names)}. Resume it from C# with the original PretrainRunOptions.Augmentations, in their order.");

        static string Shown(IReadOnlyList<string> names) =>
            names.Count == 0 ? "no custom augmentation" : $"the augmentation{(names.Count == 1 ? "" : "s")} {string.Join(", ", names)}";
    }

    /// <summary>Refuses to resume with another teacher than at the start, or without it.</summary>
    /// <param name="run">The folder of the run.</param>
    /// <param name="teacher">The current teacher; null for none.</param>
    /// <exception cref="ConfigurationException">The weights of the teacher differ, or only one of the two has a teacher.</exception>
    public void RequireTeacher(string run, TeacherIdentity? teacher)
    {
        if (Teacher?.Sha256 != teacher?.Sha256)
            throw new ConfigurationException($"The run in {run} began with {Shown(Teacher)}, but is resumed with {Shown(teacher)}. " +
                $"Resume it {(Teacher is null ? "without one (simclr pretrain)"
                    : "with that one (simclr distill --features, or PretrainRunOptions.Loss)")}, or start a new run.");

        static string Shown(TeacherIdentity? teacher) => teacher is null ? "no teacher" : $"the teacher {teacher}";
    }

    /// <summary>Refuses to resume with another loss than at the start, or without it.</summary>
    /// <param name="run">The folder of the run.</param>
    /// <param name="name">The name of the current custom loss; null for none.</param>
    /// <exception cref="ConfigurationException">The loss differs.</exception>
    public void RequireLoss(string run, string? name)
    {
        if (Loss != name)
            throw new ConfigurationException($"The run in {run} began with " +
                $"{(Loss is null ? "the loss of its recipe" : $"the loss '{Loss}'")}, but is " +
                $"resumed with {(name is null ? "none" : $"'{name}'")}. Give the same loss (PretrainRunOptions.Loss), or start a new run.");
    }

    /// <summary>Refuses to resume with other images than at the start.</summary>
    /// <param name="run">The folder of the run.</param>
    /// <param name="place">The current place of the images, or the name of their data set.</param>
    /// <param name="count">Their number.</param>
    /// <param name="sha256">The hash of their names.</param>
    /// <exception cref="InvalidDataException">The images differ.</exception>
    public void RequireImages(string run, string place, int count, string sha256)
    {
        if (ImageCount != count)
            throw new InvalidDataException($"The run in {run} began with {ImageCount} images ({DataName}), but {place} has {count}. " +
                $"Give the original images (--data), or start a new run in another folder (--output).");
        if (ImagesSha256 is not null && ImagesSha256 != sha256)
            throw new InvalidDataException($"The run in {run} began with other images ({DataName}) than {place} has: the number is the " +
                $"same ({count}), but names or folders differ. Give the original images (--data), or start a new run in another folder " +
                $"(--output).");
    }
}
