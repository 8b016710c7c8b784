
namespace SimClr.RunFolders;

/// <summary>A summary of a run folder, without loading weights.</summary>
/// <param name="Name">The path of the folder as a user would type it.</param>
public sealed record RunSummary(string Name)
{
    private const int Depth = 3;

    /// <summary>The state of the folder.</summary>
    public RunState State { get; private init; }

    /// <summary>The problem of a damaged folder.</summary>
    public string? Problem { get; private init; }

    /// <summary>For a running run the steps done, else the step at which a resume begins.</summary>
    public long Step { get; private init; }

    /// <summary>The steps of the whole run; null for a damaged one.</summary>
    public long? TotalSteps { get; private init; }

    /// <summary>The name of the data; null if unknown.</summary>
    public string? Data { get; private init; }

    /// <summary>Architecture and width; null for a damaged one.</summary>
    public string? Encoder { get; private init; }

    /// <summary>The epochs of the whole run; null for a damaged one.</summary>
    public int? Epochs { get; private init; }

    /// <summary>The loss of the last step.</summary>
    public double? Loss { get; private init; }

    /// <summary>Contrastive top-1 of the last step, in [0, 1].</summary>
    public double? Top1 { get; private init; }

    /// <summary>The stored evaluations, newest first, each with its data.</summary>
    public IReadOnlyList<SavedEvaluation> Evaluations { get; private init; } = [];

    /// <summary>The size of all files in bytes.</summary>
    public long Bytes { get; private init; }

    /// <summary>The time of the last change to a file, UTC.</summary>
    public DateTimeOffset Changed { get; private init; }

    /// <summary>The run at a path, or the runs in its folders up to three levels deep, by name.</summary>
    /// <param name="path">A run folder, or a folder above run folders.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static IEnumerable<RunSummary> Find(string path)
    {
        if (!Directory.Exists(path))
            throw new DirectoryNotFoundException($"{path} does not exist. Name the folder that holds your run folders.");
        return Below(path, Depth);
    }

    private static IEnumerable<RunSummary> Below(string path, int depth)
    {
        if (File.Exists(Path.Combine(path, "recipe.yaml")) || File.Exists(Path.Combine(path, "run.json"))) return [Of(path)];
        return depth == 0 ? [] : Directory.EnumerateDirectories(path, "*", new EnumerationOptions())
            .Order(StringComparer.Ordinal).SelectMany(folder => Below(folder, depth - 1));
    }

    private static RunSummary Of(string path)
    {
        var folder = new RunFolder(path);
        var files = new DirectoryInfo(path).EnumerateFiles(
            "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).ToList();
        var summary = new RunSummary(path)
        {
            Bytes = files.Sum(f => f.Exists ? f.Length : 0),
            Changed = files.Select(f => (DateTimeOffset)f.LastWriteTimeUtc).DefaultIfEmpty().Max(),
        };
        try
        {
            return Read(folder, summary);
        }
        catch (Exception e) when (e is ConfigurationException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return summary with { State = RunState.Damaged, Problem = e.Message };
        }
    }

    private static RunSummary Read(RunFolder folder, RunSummary summary)
    {
        var (options, settings, newest) = (folder.ReadOptions(), folder.ReadSettings(), MetricsLog.Newest(folder));
        long total = settings.TotalSteps(options);
        long saved = folder.Checkpoints().List().Select(c => c.Step).FirstOrDefault(), done = newest?.Step ?? 0;
        var state = folder.State(total);
        return summary with
        {
            State = state,
            Step = state == RunState.Running ? Math.Max(saved, done) : saved,
            TotalSteps = total,
            Data = settings.DataName,
            Encoder = options.Encoder.Describe(),
            Epochs = options.Epochs,
            Loss = newest?.Loss,
            Top1 = newest?.Top1,
            Evaluations = folder.Evaluations(),
        };
    }
}
