using System.Text.Json.Nodes;
using SimClr.Checkpoints;
using SimClr.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Checkpoints;

/// <summary>A folder of checkpoints, and small checkpoints to save in it.</summary>
public abstract class CheckpointTests : IDisposable
{
    internal static readonly string[] Files = ["manifest.json", "model.safetensors", "optimizer.safetensors", "state.json"];

    private readonly DisposeScope scope = NewDisposeScope();

    static CheckpointTests() => LibTorch.Load(); // opened before the first dispose scope, which would own the tensors

    internal string Folder { get; } = Path.Combine(Directory.CreateTempSubdirectory("simclr-checkpoints-").FullName, "run", "checkpoints");

    public void Dispose()
    {
        scope.Dispose();
        TestFolder.Delete(Path.GetDirectoryName(Path.GetDirectoryName(Folder))!);
        GC.SuppressFinalize(this);
    }

    // Every part contains the step and the generation, so that a mixture of two saves is detected.
    internal static Checkpoint Sample(long step, int generation = 0) => new(
        step,
        new Dictionary<string, Tensor>
        {
            ["model.encoder.conv1.weight"] = full(50, 7, step + 0.25f * generation),
            ["optimizer.momentum"] = full(11, -(step + 0.25 * generation), float64),
        },
        new JsonObject { ["at"] = step, ["generation"] = generation });

    internal static void ShouldBeSample(Checkpoint loaded)
    {
        using var expectedScope = NewDisposeScope();
        var expected = Sample(loaded.Step, loaded.State["generation"]!.GetValue<int>());
        loaded.State["at"]!.GetValue<long>().ShouldBe(loaded.Step);
        loaded.Tensors.Count.ShouldBe(2);
        foreach (var (name, tensor) in expected.Tensors) loaded.Tensors[name].Equals(tensor).ShouldBeTrue(name);
    }

    internal void LoadsWithoutProblem(long step)
    {
        var problems = new Problems();
        var loaded = new CheckpointStore(Folder, 2).LoadNewest(problems)!;
        loaded.Step.ShouldBe(step);
        ShouldBeSample(loaded);
        problems.ShouldBeEmpty();
    }

    internal IEnumerable<string?> Names() => Directory.EnumerateFileSystemEntries(Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    internal static void Damage(string path, string how)
    {
        var bytes = File.ReadAllBytes(path);
        switch (how)
        {
            case "delete": File.Delete(path); break;
            case "halve": File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]); break;
            case "empty": File.WriteAllBytes(path, []); break;
            case "append": File.WriteAllBytes(path, [.. bytes, (byte)'}']); break;
            case "flip": bytes[bytes.Length / 2] ^= 1; File.WriteAllBytes(path, bytes); break;
        }
    }

    internal sealed class Problems : List<string>, IProgress<string>
    {
        public void Report(string value) => Add(value);
    }
}
