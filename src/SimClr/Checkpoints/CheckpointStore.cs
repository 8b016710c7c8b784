using System.Text.Json;
using System.Text.Json.Nodes;
using SimClr.IO;
using SimClr.Models;
using SimClr.Weights;

namespace SimClr.Checkpoints;

/// <summary>
/// The last few checkpoints of a run, each a folder <c>step-000500</c> with <c>model.safetensors</c>,
/// <c>optimizer.safetensors</c>, <c>state.json</c> and <c>manifest.json</c> (format version, step, length and SHA-256 of
/// the other files). One process saves; any number may load at the same time.
/// </summary>
/// <remarks>
/// A checkpoint is written beside, flushed to the disk and then renamed, so that a process or machine that dies on the
/// way costs only the checkpoint it was writing. What it leaves behind (<c>step-000500.partial</c>) the next run or save removes;
/// a save that fails, as on a full disk, leaves nothing.
/// Within the process too one thread saves and any number load.
/// </remarks>
public sealed partial class CheckpointStore
{
    private const string ModelPrefix = "model.";
    private const string ModelFile = "model.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";
    private const string StateFile = "state.json";
    private const string PartialOfVersion01 = ".tmp"; // as version 0.1 ended its names
    private static readonly string[] Files = [ModelFile, OptimizerFile, StateFile];

    private readonly int keepLast;

    /// <summary>A store in a folder, which the first save creates.</summary>
    /// <param name="directory">The folder of the checkpoints; nothing else in it is touched.</param>
    /// <param name="keepLast">How many checkpoints stay; at least 1, and 2 for one to fall back to.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="keepLast"/> is less than 1.</exception>
    public CheckpointStore(string directory, int keepLast)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keepLast, 1);
        Directory = Path.GetFullPath(directory);
        this.keepLast = keepLast;
    }

    /// <summary>The folder of the checkpoints, as a full path.</summary>
    public string Directory { get; }

    /// <summary>The checkpoints that are there, the newest first; whether they are whole, <see cref="Load"/> finds out.</summary>
    public IReadOnlyList<CheckpointFolder> List() =>
        System.IO.Directory.Exists(Directory)
            ? [.. System.IO.Directory.EnumerateDirectories(Directory, "step-*").Select(CheckpointFolder.Of).OfType<CheckpointFolder>()
                .OrderByDescending(c => c.Step).ThenBy(c => c.Path, StringComparer.Ordinal)]
            : [];

    /// <summary>
    /// Saves a checkpoint; from elsewhere by way of <c>RunCheckpoint.Save</c>, which adds the recipe. When this returns, it is on the disk under its final name. One of the same step is replaced;
    /// of the earlier ones the last <c>keepLast</c> − 1 stay. Later ones are left alone: they are there only where a
    /// damaged checkpoint made the run go on from an earlier one.
    /// </summary>
    /// <param name="checkpoint">Its tensors are only read.</param>
    /// <exception cref="ArgumentException">The step is negative, or a tensor's type has no place in a safetensors file.</exception>
    /// <exception cref="InvalidDataException">A tensor has a value that is not finite, or a running variance is negative: training has diverged. The earlier checkpoints are as they were.</exception>
    /// <exception cref="IOException">The disk is full or fails; the earlier checkpoints are as they were.</exception>
    internal void Save(Checkpoint checkpoint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(checkpoint.Step, nameof(checkpoint));
        if (ModelState.FaultOf(checkpoint.Tensors) is { } fault)
            throw new InvalidDataException($"Step {checkpoint.Step} is not saved: {fault}. The training diverged. Earlier checkpoints are unchanged. Use a lower learning rate or a longer warm-up.");
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
        var manifest = new CheckpointManifest(CheckpointManifest.KnownFormat, checkpoint.Step, new Dictionary<string, CheckpointManifest.FileSeal>
        {
            [StateFile] = CheckpointManifest.FileSeal.Write(Path.Combine(folder, StateFile), file => JsonSerializer.Serialize(file, checkpoint.State, JsonText.Indented)),
            [ModelFile] = CheckpointManifest.FileSeal.Write(Path.Combine(folder, ModelFile), file => Safetensors.Write(file, model, Texts(checkpoint.State))),
            [OptimizerFile] = CheckpointManifest.FileSeal.Write(Path.Combine(folder, OptimizerFile), file => Safetensors.Write(file, others)),
        });
        AtomicFile.Write(Path.Combine(folder, CheckpointManifest.FileName), manifest.ToJson());
    }

    private static Dictionary<string, string> Texts(JsonObject state) =>
        state.Where(s => s.Value?.GetValueKind() == JsonValueKind.String).ToDictionary(s => s.Key, s => (string)s.Value!);

    /// <summary>Removes what a process that died while it saved has left, and the room that it takes. For the process that saves here; a save does it too.</summary>
    /// <exception cref="IOException">Something cannot be removed.</exception>
    public void RemoveLeftovers()
    {
        if (!System.IO.Directory.Exists(Directory)) return;
        foreach (string path in System.IO.Directory.EnumerateDirectories(Directory, "step-*").ToList())
        {
            if (path.EndsWith(AtomicFile.Partial, StringComparison.Ordinal) || path.EndsWith(PartialOfVersion01, StringComparison.Ordinal))
                System.IO.Directory.Delete(path, recursive: true);
        }
        foreach (var (step, path) in List())
        {
            // One whose successor never came into place is still the checkpoint of its step.
            if (path.EndsWith(AtomicFolder.Replaced, StringComparison.Ordinal) && System.IO.Directory.Exists(Path.Combine(Directory, CheckpointFolder.NameOf(step))))
                AtomicFolder.Delete(path);
        }
    }
}
