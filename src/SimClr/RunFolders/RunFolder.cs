using System.Text;
using System.Text.Json;
using SimClr.Checkpoints;
using SimClr.Evaluation;
using SimClr.IO;
using SimClr.Pretraining;
using SimClr.Recipes;

namespace SimClr.RunFolders;

/// <summary>
/// A run on disk: <c>recipe.yaml</c> (all options), <c>run.json</c> (data), <c>metrics.jsonl</c>, <c>tensorboard/</c>, <c>checkpoints/</c>,
/// <c>evaluations/</c> (the last report per protocol and data set), <c>run.lock</c> (held during training).
/// </summary>
/// <param name="path">The folder; it need not exist.</param>
public sealed class RunFolder(string path)
{
    /// <summary>The absolute path.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>The file with all options of the run.</summary>
    public string RecipeFile => In("recipe.yaml");

    /// <summary>The file with one JSON object per step.</summary>
    public string MetricsFile => In("metrics.jsonl");

    /// <summary>The folder of TensorBoard's event files.</summary>
    public string TensorBoardFolder => In("tensorboard");

    /// <summary>The folder of evaluation reports.</summary>
    public string EvaluationsFolder => In("evaluations");

    /// <summary>Whether a run was started here.</summary>
    public bool Exists => File.Exists(RecipeFile) && File.Exists(SettingsFile);

    private string SettingsFile => In("run.json");

    private string LockFile => In("run.lock");

    /// <summary>The path of a file in the folder.</summary>
    /// <param name="name">A name, or a path below the folder.</param>
    public string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The checkpoints of the run.</summary>
    /// <param name="keep">How many of the newest ones stay when one is saved. Default: all.</param>
    public CheckpointStore Checkpoints(int keep = int.MaxValue) => new(In("checkpoints"), keep);

    /// <summary>Starts a run. Its options must be complete.</summary>
    /// <param name="options">Written to <c>recipe.yaml</c>.</param>
    /// <param name="settings">Written to <c>run.json</c>.</param>
    public void Create(PretrainOptions options, RunSettings settings)
    {
        AtomicFile.Write(RecipeFile, OptionsText.ToYaml(options));
        AtomicFile.Write(SettingsFile, JsonSerializer.Serialize(settings, JsonText.Records) + "\n");
    }

    /// <summary>Keeps other processes from training here, until the lock is disposed or the process ends.</summary>
    /// <exception cref="IOException">Another process trains here.</exception>
    public IDisposable Hold()
    {
        if (File.Exists(Path)) throw new IOException($"{Path} is a file, but a run is a folder. Choose another --output.");
        Directory.CreateDirectory(Path);
        for (int tries = 1; ; tries++)
        {
            try
            {
                return new FileStream(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (IsHeld)
            {
                throw new IOException($"Another process is training in {Path}. Wait for it, stop it, or choose another --output.");
            }
            catch (IOException) when (tries < 10)
            {
                Thread.Sleep(10); // another process held it for a moment to check whether it is held
            }
        }
    }

    /// <summary>The state of the folder if it is not damaged.</summary>
    /// <param name="totalSteps">The number of steps in the whole run.</param>
    public RunState State(long totalSteps) =>
        IsHeld ? RunState.Running : Checkpoints().List().Any(c => c.Step >= totalSteps) ? RunState.Finished : RunState.Stopped;

    /// <summary>Whether a process trains here. The kernel releases the lock when the process ends, also after a kill.</summary>
    public bool IsHeld
    {
        get
        {
            try
            {
                using var held = new FileStream(LockFile, FileMode.Open, FileAccess.Read, FileShare.Read);
                return false;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
            {
                return false;
            }
            catch (IOException)
            {
                return true;
            }
        }
    }

    /// <summary>
    /// Stores a report. It replaces the last one of its protocol on the same images: <c>knn.json</c>; for other images <c>knn-2.json</c>
    /// and so on.
    /// </summary>
    /// <param name="report">The report.</param>
    public void Keep(EvaluationReport report)
    {
        for (int number = 1; ; number++)
        {
            string file = System.IO.Path.Combine(EvaluationsFolder,
                number == 1 ? $"{report.Protocol}.json" : $"{report.Protocol}-{number}.json");
            if (!SavedEvaluation.MayReplace(file, report)) continue;
            report.Save(file);
            return;
        }
    }

    /// <summary>The stored reports, newest first.</summary>
    /// <exception cref="InvalidDataException">A report is damaged.</exception>
    public IReadOnlyList<SavedEvaluation> Evaluations() =>
        Directory.Exists(EvaluationsFolder)
            ? [.. Directory.EnumerateFiles(EvaluationsFolder, "*.json")
                .Select(SavedEvaluation.Read).OrderByDescending(e => e.Saved).ThenBy(e => e.File, StringComparer.Ordinal)]
            : [];

    /// <summary>
    /// Refuses to resume a run whose recipe asks for something that this version no longer has. Such a run can still be opened.
    /// </summary>
    /// <exception cref="ConfigurationException">The recipe does; the message names the key.</exception>
    internal void RequireResumable() => RecipeVersion.RequireNoneRemoved(Recipe.Read(RecipeFile));

    /// <summary>The options of the run. For an older run, keys that this version no longer has are left out.</summary>
    /// <param name="demanded">Settings on the command line of a resume. Each must equal that of the run.</param>
    /// <exception cref="ConfigurationException">A setting differs, or the run's recipe is damaged.</exception>
    public PretrainOptions ReadOptions(IReadOnlyList<Setting>? demanded = null)
    {
        var stored = RecipeVersion.WithoutRemoved(Recipe.Read(RecipeFile));
        var options = OptionsBinder.Bind<PretrainOptions>(stored, []);
        if (demanded is not { Count: > 0 }) return options;

        return FirstDifference(options, OptionsBinder.Bind<PretrainOptions>(stored, demanded)) is var (is_, asked)
            ? throw new ConfigurationException($"--resume: the run in {Path} has '{is_}', but the command line has '{asked}'. " +
                $"A run continues with the options that it began with. To change them, start a new run from its weights: " +
                $"--weights {Path} --output NEW.")
            : options;
    }

    /// <summary>Refuses to resume with other options than at the start.</summary>
    /// <param name="wanted">The options for the resume.</param>
    /// <exception cref="ConfigurationException">An option differs; the message names the first.</exception>
    internal void RequireOptions(PretrainOptions wanted)
    {
        if (FirstDifference(ReadOptions(), wanted) is var (is_, asked))
            throw new ConfigurationException($"The run in {Path} has '{is_}', but is resumed with '{asked}'. " +
                $"A run continues with the options that it began with. To change them, start a new run from its weights.");
    }

    /// <summary>Refuses a checkpoint that was trained with other options: <c>recipe.yaml</c> was changed or is damaged.</summary>
    /// <param name="checkpoint">A checkpoint of this run.</param>
    /// <param name="options">The options of the resume.</param>
    /// <exception cref="InvalidDataException">An option differs; the message names the first.</exception>
    internal void RequireOptionsOf(Checkpoint checkpoint, PretrainOptions options)
    {
        if (!checkpoint.State.ContainsKey(RunCheckpoint.RecipeKey)) return;
        var trained = RunCheckpoint.OptionsOf(checkpoint, $"step {checkpoint.Step}");
        if (FirstDifference(trained with { Encoder = trained.Encoder.For(options.ImageSize) }, options) is var (was, is_))
            throw new InvalidDataException($"it was trained with '{was}', but {RecipeFile} has '{is_}'. " +
                $"A run continues with the options that it began with: restore the file.");
    }

    /// <summary>Refuses a folder that contains a run, or the rest of one.</summary>
    /// <exception cref="InvalidDataException">The folder contains a run, or checkpoints without the files of their run.</exception>
    internal void RequireNone()
    {
        if (Exists) throw new InvalidDataException($"{Path} already holds a run. Resume it, or start a new one in another folder.");
        if (Checkpoints().List().Count > 0)
            throw new InvalidDataException($"{Path} holds checkpoints of a run, but not its " +
                $"{System.IO.Path.GetFileName(File.Exists(RecipeFile) ? SettingsFile : RecipeFile)}. Put the file back to continue the " +
                $"run, or start a new one in another folder.");
    }

    // A line of each recipe; null if they are equal.
    private static (string, string)? FirstDifference(PretrainOptions one, PretrainOptions other)
    {
        string[] a = OptionsText.ToYaml(one).Split('\n'), b = OptionsText.ToYaml(other).Split('\n');
        int at = Enumerable.Range(0, Math.Max(a.Length, b.Length))
            .FirstOrDefault(i => a.ElementAtOrDefault(i) != b.ElementAtOrDefault(i), -1);
        return at < 0 ? null : (a.ElementAtOrDefault(at)?.Trim() ?? "", b.ElementAtOrDefault(at)?.Trim() ?? "");
    }

    /// <summary>Reads the settings of the run from <c>run.json</c>. Arguments replace them or must equal them.</summary>
    /// <param name="data">The places of the images, if they have moved since the run began.</param>
    /// <param name="limit">If given, must equal the run's limit.</param>
    /// <param name="onlineProbe">True requires a run that was begun with an online probe.</param>
    /// <param name="knnEvery">If given, replaces the run's value; it is not saved.</param>
    /// <exception cref="InvalidDataException"><c>run.json</c> is damaged, or of a newer format.</exception>
    /// <exception cref="ConfigurationException">The limit or the online probe differs from the run's.</exception>
    public RunSettings ReadSettings(
        IReadOnlyList<string>? data = null, int? limit = null, bool onlineProbe = false, int? knnEvery = null)
    {
        RunSettings settings;
        try
        {
            string text = TextFile.Read(SettingsFile, 1 << 20);
            JsonFormat.Require(Encoding.UTF8.GetBytes(text), RunSettings.KnownFormat, SettingsFile);
            settings = JsonSerializer.Deserialize<RunSettings>(text, JsonText.Records) ?? throw new JsonException("it is null");
            if (settings.Data is null && settings.DataName is null) throw new JsonException("it names no images");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{SettingsFile} is damaged: {e.Message}", e);
        }
        if (limit is not null && limit != settings.Limit)
            throw new ConfigurationException($"--resume: the run in {Path} has " +
                $"{(settings.Limit is null ? "no limit" : $"--limit {settings.Limit}")}, but the command line has --limit {limit}.");
        if (onlineProbe && !settings.OnlineProbe)
            throw new ConfigurationException($"--resume: the run in {Path} began without --online-probe. It cannot be added later.");
        return settings with { Data = data ?? settings.Data, KnnEvery = knnEvery ?? settings.KnnEvery };
    }
}
