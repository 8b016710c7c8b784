using System.Text.Json;
using System.Text.Json.Nodes;
using SimClr.IO;
using SimClr.Models;
using SimClr.Weights;

namespace SimClr.Checkpoints;

/// <summary>
/// The last checkpoints of a run. Each is a folder <c>step-000500</c> with <c>model.safetensors</c>, <c>optimizer.safetensors</c>,
/// <c>state.json</c> and <c>manifest.json</c> (format version, step, length and SHA-256 of the other files). One process saves; any number
/// may load at the same time.
/// </summary>
/// <remarks>
/// A checkpoint is written beside, flushed to the disk and then renamed. So a process or machine that dies loses only the checkpoint that
/// it was writing. The next run or save removes what is left (<c>step-000500.partial</c>). A failed save, for example on a full disk,
/// leaves nothing. Within a process, too, one thread saves and any number load.
/// </remarks>
public sealed partial class CheckpointStore
{
    private const string ModelPrefix = "model.";
    private const string ModelFile = "model.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";
    private const string StateFile = "state.json";
    private const string PartialOfVersion01 = ".tmp"; // the suffix in version 0.1
    private static readonly string[] Files = [ModelFile, OptimizerFile, StateFile];

    private readonly int keepLast;

    /// <summary>Opens a store in a folder; the first save creates the folder.</summary>
    /// <param name="directory">The folder of the checkpoints. Nothing else in it is changed.</param>
    /// <param name="keepLast">The number of checkpoints to keep, at least 1; with 2 there is one to fall back to.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="keepLast"/> is less than 1.</exception>
    public CheckpointStore(string directory, int keepLast)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keepLast, 1);
        Directory = Path.GetFullPath(directory);
        this.keepLast = keepLast;
    }

    /// <summary>The folder of the checkpoints, as an absolute path.</summary>
    public string Directory { get; }

    /// <summary>The existing checkpoints, newest first. They are not checked; <see cref="Load"/> does that.</summary>
    public IReadOnlyList<CheckpointFolder> List() =>
        System.IO.Directory.Exists(Directory)
            ? [.. System.IO.Directory.EnumerateDirectories(Directory, "step-*").Select(CheckpointFolder.Of).OfType<CheckpointFolder>()
                .OrderByDescending(c => c.Step).ThenBy(c => c.Path, StringComparer.Ordinal)]
            : [];

    /// <summary>
    /// Saves a checkpoint. When this returns, it is on the disk under its final name. Users of the library call <c>RunCheckpoint.Save</c>,
    /// which adds the recipe. A checkpoint of the same step is replaced; of the earlier ones the last <c>keepLast</c> − 1 stay. Later ones
    /// are not changed: they exist only if a damaged checkpoint made the run resume from an earlier one.
    /// </summary>
    /// <param name="checkpoint">Its tensors are only read.</param>
    /// <exception cref="ArgumentException">The step is negative, or a tensor's dtype is not possible in a safetensors file.</exception>
    /// <exception cref="InvalidDataException">
    /// A value is not finite, or a running variance is negative: training has diverged. Earlier checkpoints are unchanged.
    /// </exception>
    /// <exception cref="IOException">The disk is full or fails. Earlier checkpoints are unchanged.</exception>
    internal void Save(Checkpoint checkpoint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(checkpoint.Step, nameof(checkpoint));
        if (ModelState.FaultOf(checkpoint.Tensors) is { } fault)
            throw new InvalidDataException($"Step {checkpoint.Step} is not saved: {fault}. The training diverged. " +
                $"Earlier checkpoints are unchanged. Use a lower learning rate or a longer warm-up.");
        DurableFolder.Create(Directory);
        RemoveLeftovers();
        AtomicFolder.Write(Path.Combine(Directory, CheckpointFolder.NameOf(checkpoint.Step)), folder => WriteFiles(checkpoint, folder));
        foreach (var old in List().Where(c => c.Step <= checkpoint.Step).Skip(keepLast)) AtomicFolder.Delete(old.Path);
    }

    private static void WriteFiles(Checkpoint checkpoint, string folder)
    {
        var byFile = checkpoint.Tensors.ToLookup(t => t.Key.StartsWith(ModelPrefix, StringComparison.Ordinal) ? ModelFile : OptimizerFile);
        var model = byFile[ModelFile].ToDictionary(t => t.Key[ModelPrefix.Length..], t => t.Value);
        var others = byFile[OptimizerFile].ToDictionary();
        var files = new Dictionary<string, CheckpointManifest.FileSeal>
        {
            [StateFile] = CheckpointManifest.FileSeal.Write(
                Path.Combine(folder, StateFile), file => JsonSerializer.Serialize(file, checkpoint.State, JsonText.Indented)),
            [ModelFile] = CheckpointManifest.FileSeal.Write(
                Path.Combine(folder, ModelFile), file => Safetensors.Write(file, model, Texts(checkpoint.State))),
            [OptimizerFile] =
                CheckpointManifest.FileSeal.Write(Path.Combine(folder, OptimizerFile), file => Safetensors.Write(file, others)),
        };
        var manifest = new CheckpointManifest(CheckpointManifest.KnownFormat, checkpoint.Step, files);
        AtomicFile.Write(Path.Combine(folder, CheckpointManifest.FileName), manifest.ToJson());
    }

    private static Dictionary<string, string> Texts(JsonObject state) =>
        state.Where(s => s.Value?.GetValueKind() == JsonValueKind.String).ToDictionary(s => s.Key, s => (string)s.Value!);

    /// <summary>
    /// Removes what a process that died during a save left behind. Only for the process that saves here; a save does it too.
    /// </summary>
    /// <exception cref="IOException">A file or folder cannot be removed.</exception>
    public void RemoveLeftovers()
    {
        if (!System.IO.Directory.Exists(Directory)) return;
        foreach (string path in System.IO.Directory.EnumerateDirectories(Directory, "step-*").ToList())
        {
            if (path.EndsWith(AtomicFile.Partial, StringComparison.Ordinal) || path.EndsWith(PartialOfVersion01, StringComparison.Ordinal))
                HostFiles.Current.Change(() => System.IO.Directory.Delete(path, recursive: true));
        }
        foreach (var (step, path) in List())
        {
            // If its successor never got its name, the old folder is still the checkpoint of its step.
            if (path.EndsWith(AtomicFolder.Replaced, StringComparison.Ordinal)
                && System.IO.Directory.Exists(Path.Combine(Directory, CheckpointFolder.NameOf(step))))
                AtomicFolder.Delete(path);
        }
    }
}
