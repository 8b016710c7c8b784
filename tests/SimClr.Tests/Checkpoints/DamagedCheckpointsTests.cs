using System.Security.Cryptography;
using SimClr.Checkpoints;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Tests.Checkpoints;

public sealed class DamagedCheckpointsTests : CheckpointTests
{
    public static TheoryData<string, string> Damages => new()
    {
        { "manifest.json", "delete" }, { "model.safetensors", "delete" }, { "optimizer.safetensors", "delete" }, { "state.json", "delete" },
        { "manifest.json", "halve" }, { "model.safetensors", "halve" }, { "optimizer.safetensors", "halve" }, { "state.json", "halve" },
        { "manifest.json", "empty" }, { "model.safetensors", "empty" }, { "optimizer.safetensors", "empty" }, { "state.json", "empty" },
        { "manifest.json", "flip" }, { "model.safetensors", "flip" }, { "optimizer.safetensors", "flip" }, { "state.json", "flip" },
        { "manifest.json", "append" }, { "model.safetensors", "append" }, { "optimizer.safetensors", "append" }, { "state.json", "append" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_newest_checkpoint_is_reported_and_the_previous_one_is_loaded(string file, string damage)
    {
        var store = new CheckpointStore(Folder, 3);
        store.Save(Sample(1));
        store.Save(Sample(2));
        Damage(Path.Combine(Folder, "step-000002", file), damage);
        var problems = new Problems();

        var loaded = store.LoadNewest(problems)!;

        loaded.Step.ShouldBe(1);
        ShouldBeSample(loaded);
        problems.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            p => p.ShouldStartWith($"The checkpoint {Path.Combine(Folder, "step-000002")} is damaged: "), p => p.ShouldContain(file));
    }

    [Theory]
    [InlineData("\"format\": 1", "\"format\": 2", "says format 2, and this program knows format 1")]
    [InlineData("\"format\": 1", "\"format\": 2, \"news\": []", "says format 2")]
    [InlineData("\"format\": 1", "\"format\": \"one\"", "not the manifest of a checkpoint")]
    [InlineData("\"format\": 1,", "", "not the manifest of a checkpoint")]
    [InlineData("\"step\": 2", "\"step\": 3", "says step 3")]
    [InlineData("\"step\": 2", "\"step\": 2, \"more\": 1", "not the manifest of a checkpoint")]
    [InlineData("\"step\": 2", "\"step\": 2, \"step\": 2", "not the manifest of a checkpoint")]
    [InlineData("\"format\": 1", "\"format\": 1, \"\\ud800 and some more\": 1", "not the manifest of a checkpoint")]
    [InlineData("\"state.json\"", "\"../step-000001/state.json\"", "names the files")]
    public void A_manifest_that_says_something_else_is_refused(string text, string instead, string expected)
    {
        var store = new CheckpointStore(Folder, 3);
        store.Save(Sample(2));
        var manifest = Path.Combine(Folder, "step-000002", "manifest.json");
        var before = File.ReadAllText(manifest);
        before.ShouldContain(text);
        File.WriteAllText(manifest, before.Replace(text, instead, StringComparison.Ordinal));
        Should.Throw<InvalidDataException>(() => CheckpointStore.Load(Path.GetDirectoryName(manifest)!)).Message.ShouldContain(expected);
    }

    [Fact]
    public void If_all_checkpoints_are_damaged_the_error_lists_them()
    {
        var store = new CheckpointStore(Folder, 2);
        store.Save(Sample(1));
        store.Save(Sample(2));
        Damage(Path.Combine(Folder, "step-000001", "state.json"), "delete");
        Damage(Path.Combine(Folder, "step-000002", "model.safetensors"), "flip");
        Should.Throw<InvalidDataException>(() => store.LoadNewest()).Message
            .ShouldSatisfyAllConditions(m => m.ShouldContain("step-000001"), m => m.ShouldContain("step-000002"));
    }

    [Theory]
    [InlineData("model.encoder.conv1.weight", float.NaN, "not finite")]
    [InlineData("model.encoder.bn1.running_var", float.PositiveInfinity, "not finite")]
    [InlineData("model.encoder.bn1.running_var", -1f, "negative variance")]
    [InlineData("optimizer.momentum", float.NegativeInfinity, "not finite")]
    public void The_state_of_a_diverged_training_is_neither_saved_nor_resumed(string name, float value, string expected)
    {
        var store = new CheckpointStore(Folder, 1);
        store.Save(Sample(1));
        var diverged = Sample(2);
        var broken = ones(3, 5);
        broken[1, 2] = value;
        ((Dictionary<string, Tensor>)diverged.Tensors)[name] = broken;

        string refusal = Should.Throw<InvalidDataException>(() => store.Save(diverged)).Message;
        refusal.ShouldSatisfyAllConditions(m => m.ShouldContain(name), m => m.ShouldContain(expected), m => m.ShouldContain("lower learning rate"));
        LoadsWithoutProblem(1);
        Names().ShouldBe(["step-000001"]);

        // A checkpoint that another program, or an earlier version of this one, saved.
        Forge(diverged);
        var problems = new Problems();
        store.LoadNewest(problems)!.Step.ShouldBe(1);
        problems.ShouldHaveSingleItem().ShouldSatisfyAllConditions(m => m.ShouldContain("step-000002"), m => m.ShouldContain(name), m => m.ShouldContain(expected));
    }

    [Theory]
    [InlineData("""{"recipe":"epochs: 3","recipe":"epochs: 4"}""")]
    [InlineData("""{"recipe":"\ud800"}""")]
    [InlineData("""{"recipe":[{"a":"\ud800"}]}""")]
    [InlineData("""{"\ud800 and some more":1}""")]
    [InlineData("[]")]
    public void A_state_that_cannot_be_read_is_damaged_when_it_is_loaded(string state)
    {
        Forge(Sample(2), state);
        Should.Throw<InvalidDataException>(() => CheckpointStore.Load(Path.Combine(Folder, "step-000002"))).Message
            .ShouldStartWith($"The checkpoint {Path.Combine(Folder, "step-000002")} is damaged: ");
    }

    // As Save writes it, but without the check of the values.
    private void Forge(Checkpoint checkpoint, string? state = null)
    {
        string path = Directory.CreateDirectory(Path.Combine(Folder, $"step-{checkpoint.Step:d6}")).FullName;
        Safetensors.Write(Path.Combine(path, Files[1]), checkpoint.Tensors.Where(t => t.Key.StartsWith("model.", StringComparison.Ordinal)).ToDictionary(t => t.Key["model.".Length..], t => t.Value));
        Safetensors.Write(Path.Combine(path, Files[2]), checkpoint.Tensors.Where(t => t.Key.StartsWith("optimizer.", StringComparison.Ordinal)).ToDictionary());
        File.WriteAllText(Path.Combine(path, Files[3]), state ?? checkpoint.State.ToJsonString());
        var seals = Files[1..].ToDictionary(f => f, f => File.ReadAllBytes(Path.Combine(path, f)) is var bytes ? new CheckpointManifest.FileSeal(bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))) : default);
        File.WriteAllBytes(Path.Combine(path, Files[0]), new CheckpointManifest(CheckpointManifest.KnownFormat, checkpoint.Step, seals).ToJson());
    }
}
