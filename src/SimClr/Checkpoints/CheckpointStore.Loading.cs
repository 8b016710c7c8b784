using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using SimClr.IO;
using SimClr.Models;
using SimClr.Weights;
using TorchSharp;

namespace SimClr.Checkpoints;

public sealed partial class CheckpointStore
{
    /// <summary>Loads the newest intact checkpoint.</summary>
    /// <param name="problems">Receives one sentence about each damaged checkpoint that was skipped.</param>
    /// <returns>The checkpoint, with tensors owned by the caller; null if there are no checkpoints.</returns>
    /// <exception cref="InvalidDataException">There are checkpoints, and all are damaged. The message says how.</exception>
    public Checkpoint? LoadNewest(IProgress<string>? problems = null)
    {
        var damaged = new List<string>();
        var candidates = Candidates();
        while (candidates.TryDequeue(out var candidate))
        {
            var manifest = ManifestOf(candidate);
            try
            {
                var checkpoint = Load(candidate.Path);
                if (problems is not null) damaged.ForEach(problems.Report);
                return checkpoint;
            }
            catch (InvalidDataException e) when (ASaveCameBetween(candidate, manifest, e))
            {
                damaged.Clear();
                candidates = Candidates();
            }
            catch (InvalidDataException e)
            {
                damaged.Add(e.Message);
            }
        }
        return damaged.Count == 0 ? null
            : throw new InvalidDataException($"Every checkpoint in {Directory} is damaged. {string.Join(' ', damaged)}");
    }

    // A folder that is renamed while the system lists may be missing from the list.
    private Queue<CheckpointFolder> Candidates() => new(List() is { Count: > 0 } listed ? listed : List());

    /// <summary>Loads one checkpoint. First every byte is checked against its manifest.</summary>
    /// <param name="folder">The folder of a checkpoint, from <see cref="List"/>.</param>
    /// <returns>The checkpoint, with tensors on the CPU, owned by the caller.</returns>
    /// <exception cref="InvalidDataException">
    /// A file is missing, damaged or of an unknown format, or a tensor has a value that is not finite. The message names the folder and the
    /// file or tensor.
    /// </exception>
    public static Checkpoint Load(string folder)
    {
        try
        {
            var manifest = CheckpointManifest.Read(folder, Files);
            if (CheckpointFolder.Of(folder) is { } named && named.Step != manifest.Step)
                throw new InvalidDataException($"{CheckpointManifest.FileName} says step {manifest.Step}");
            using var modelFile = manifest.Open(folder, ModelFile);
            using var optimizerFile = manifest.Open(folder, OptimizerFile);
            using var stateFile = manifest.Open(folder, StateFile);

            using var scope = torch.NewDisposeScope();
            var tensors = new Dictionary<string, torch.Tensor>();
            foreach (var (name, tensor) in Safetensors.Read(modelFile, ModelFile)) tensors.Add(ModelPrefix + name, tensor);
            foreach (var (name, tensor) in Safetensors.Read(optimizerFile, OptimizerFile)) tensors.Add(name, tensor);
            var state = StateIn(stateFile);
            if (ModelState.FaultOf(tensors) is { } fault)
                throw new InvalidDataException($"{fault}: the training diverged");
            foreach (var tensor in tensors.Values) _ = tensor.MoveToOuterDisposeScope();
            return new Checkpoint(manifest.Step, tensors, state);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or JsonException)
        {
            throw new InvalidDataException($"The checkpoint {folder} is damaged: {e.Message.TrimEnd('.')}.", e);
        }
    }

    // A JsonNode reads its texts when they are asked for. Here all are read, so that a damaged one is found now.
    private static JsonObject StateIn(FileStream file)
    {
        byte[] json = new byte[file.Length];
        file.ReadExactly(json);
        if (!Utf8.IsValid(json)) throw new InvalidDataException($"{StateFile} is not UTF-8");
        try
        {
            var state = JsonNode.Parse(json, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new InvalidDataException($"{StateFile} holds no JSON object");
            _ = state.ToJsonString();
            return state;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"{StateFile} has a text with half a surrogate pair", e);
        }
    }

    // A concurrent save has removed or replaced what was being read. If it was replaced by an equal checkpoint, the manifest is the same.
    // Then reading can only have failed between the two renames, and the file exists again.
    private static bool ASaveCameBetween(CheckpointFolder candidate, string? manifest, InvalidDataException failure) =>
        !System.IO.Directory.Exists(candidate.Path)
        || ManifestOf(candidate) != manifest
        || (manifest is not null && failure.InnerException is FileNotFoundException or DirectoryNotFoundException
            && Files.All(f => File.Exists(Path.Combine(candidate.Path, f))));

    private static string? ManifestOf(CheckpointFolder checkpoint)
    {
        try
        {
            return RegularFile.ReadAllText(Path.Combine(checkpoint.Path, CheckpointManifest.FileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }
}
