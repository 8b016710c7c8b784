using System.Text;
using System.Text.Json;
using SimClr.Checkpoints;
using SimClr.Evaluation;
using SimClr.IO;
using SimClr.Pretraining;
using SimClr.Recipes;

namespace SimClr.RunFolders;

/// <summary>
/// A run on disk: <c>recipe.yaml</c> (every option), <c>run.json</c> (data), <c>metrics.jsonl</c>, <c>tensorboard/</c>,
/// <c>checkpoints/</c>, <c>evaluations/</c> (the last report of each protocol on each data set), <c>run.lock</c> (held while it trains).
/// </summary>
public sealed class RunFolder(string path)
{
    /// <summary>The whole path.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Every option of the run.</summary>
    public string RecipeFile => In("recipe.yaml");

    /// <summary>A JSON object for each step.</summary>
    public string MetricsFile => In("metrics.jsonl");

    /// <summary>TensorBoard's event files.</summary>
    public string TensorBoardFolder => In("tensorboard");

    /// <summary>The reports of evaluations.</summary>
    public string EvaluationsFolder => In("evaluations");

    /// <summary>Whether a run was begun here.</summary>
    public bool Exists => File.Exists(RecipeFile) && File.Exists(SettingsFile);

    private string SettingsFile => In("run.json");

    private string LockFile => In("run.lock");

    /// <summary>The path of a file in the folder.</summary>
    public string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>The checkpoints of the run.</summary>
    public CheckpointStore Checkpoints(int keep = int.MaxValue) => new(In("checkpoints"), keep);

    /// <summary>Begins a run: its options are complete, nothing is left to be derived.</summary>
    public void Create(PretrainOptions options, RunSettings settings)
    {
        AtomicFile.Write(RecipeFile, OptionsText.ToYaml(options));
        AtomicFile.Write(SettingsFile, JsonSerializer.Serialize(settings, JsonText.Records) + "\n");
    }

    /// <summary>Keeps others from training here at the same time, until it is disposed or the process ends, in whatever way.</summary>
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
                Thread.Sleep(10); // somebody looked whether it is held, for which one has to hold it
            }
        }
    }

    /// <summary>How the folder is found, if it is not damaged.</summary>
    /// <param name="totalSteps">Steps of the whole run.</param>
    public RunState State(long totalSteps) =>
        IsHeld ? RunState.Running : Checkpoints().List().Any(c => c.Step >= totalSteps) ? RunState.Finished : RunState.Stopped;

    /// <summary>Whether a process trains here. The kernel lets go of the lock when the process ends, also when it is killed.</summary>
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

    /// <summary>Keeps a report beside the run, in the place of the last one of its protocol on the same images: <c>knn.json</c>, of other images <c>knn-2.json</c> and so on.</summary>
    public void Keep(EvaluationReport report)
    {
        for (int number = 1; ; number++)
        {
            string file = System.IO.Path.Combine(EvaluationsFolder, number == 1 ? $"{report.Protocol}.json" : $"{report.Protocol}-{number}.json");
            if (!SavedEvaluation.MayReplace(file, report)) continue;
            report.Save(file);
            return;
        }
    }

    /// <summary>The reports that are kept, the newest first.</summary>
    /// <exception cref="InvalidDataException">One is damaged.</exception>
    public IReadOnlyList<SavedEvaluation> Evaluations() =>
        Directory.Exists(EvaluationsFolder)
            ? [.. Directory.EnumerateFiles(EvaluationsFolder, "*.json").Select(SavedEvaluation.Read).OrderByDescending(e => e.Saved).ThenBy(e => e.File, StringComparer.Ordinal)]
            : [];

    /// <summary>Refuses a run whose recipe asks for what this version no longer has: it can be opened, and cannot go on.</summary>
    /// <exception cref="ConfigurationException">It does; the message names the key.</exception>
    internal void RequireResumable() => RecipeVersion.RequireNoneRemoved(Recipe.Read(RecipeFile));

    /// <summary>The run's options. Of an older run, what this version no longer has is left out.</summary>
    /// <param name="demanded">Settings from a command line that goes on with the run; each must be what the run has.</param>
    /// <exception cref="ConfigurationException">One is not, or the run's recipe is damaged.</exception>
    public PretrainOptions ReadOptions(IReadOnlyList<Setting>? demanded = null)
    {
        var stored = RecipeVersion.WithoutRemoved(Recipe.Read(RecipeFile));
        var options = OptionsBinder.Bind<PretrainOptions>(stored, []);
        if (demanded is not { Count: > 0 }) return options;

        return FirstDifference(options, OptionsBinder.Bind<PretrainOptions>(stored, demanded)) is var (is_, asked)
            ? throw new ConfigurationException($"--resume: the run in {Path} has '{is_}', but the command line has '{asked}'. A run continues with the options that it began with. To change them, start a new run from its weights: --weights {Path} --output NEW.")
            : options;
    }

    /// <summary>Refuses to go on with other options than the run was begun with.</summary>
    /// <param name="wanted">Those to go on with.</param>
    /// <exception cref="ConfigurationException">One is another; the message names the first.</exception>
    internal void RequireOptions(PretrainOptions wanted)
    {
        if (FirstDifference(ReadOptions(), wanted) is var (is_, asked))
            throw new ConfigurationException($"The run in {Path} has '{is_}', but is resumed with '{asked}'. A run continues with the options that it began with. To change them, start a new run from its weights.");
    }

    /// <summary>Refuses a folder that holds a run.</summary>
    /// <exception cref="InvalidDataException">It does.</exception>
    internal void RequireNone()
    {
        if (Exists) throw new InvalidDataException($"{Path} already holds a run. Resume it, or start a new one in another folder.");
    }

    // A line of each recipe; null where they are the same.
    private static (string, string)? FirstDifference(PretrainOptions one, PretrainOptions other)
    {
        string[] a = OptionsText.ToYaml(one).Split('\n'), b = OptionsText.ToYaml(other).Split('\n');
        int at = Enumerable.Range(0, Math.Max(a.Length, b.Length)).FirstOrDefault(i => a.ElementAtOrDefault(i) != b.ElementAtOrDefault(i), -1);
        return at < 0 ? null : (a.ElementAtOrDefault(at)?.Trim() ?? "", b.ElementAtOrDefault(at)?.Trim() ?? "");
    }

    /// <summary>Reads the run's settings from <c>run.json</c>. What is given here replaces them or must be the same.</summary>
    /// <param name="data">The folder of the images, if they have moved since the run began.</param>
    /// <param name="limit">If given, must equal the run's limit.</param>
    /// <param name="onlineProbe">True requires a run that was begun with an online probe.</param>
    /// <param name="knnEvery">If given, replaces the run's value; it is not saved.</param>
    /// <exception cref="InvalidDataException"><c>run.json</c> is damaged, or of a newer format.</exception>
    /// <exception cref="ConfigurationException">The limit or the online probe is not the run's.</exception>
    public RunSettings ReadSettings(string? data = null, int? limit = null, bool onlineProbe = false, int? knnEvery = null)
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
            throw new ConfigurationException($"--resume: the run in {Path} has {(settings.Limit is null ? "no limit" : $"--limit {settings.Limit}")}, but the command line has --limit {limit}.");
        if (onlineProbe && !settings.OnlineProbe)
            throw new ConfigurationException($"--resume: the run in {Path} began without --online-probe. It cannot be added later.");
        return settings with { Data = data ?? settings.Data, KnnEvery = knnEvery ?? settings.KnnEvery };
    }
}
