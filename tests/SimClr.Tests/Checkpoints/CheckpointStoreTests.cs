using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SimClr.Checkpoints;
using SimClr.Runtime;
using SimClr.Tests.Weights;
using SimClr.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    private static readonly string[] Files = ["manifest.json", "model.safetensors", "optimizer.safetensors", "state.json"];

    private readonly string folder = Path.Combine(Directory.CreateTempSubdirectory("simclr-checkpoints-").FullName, "run", "checkpoints");
    private readonly DisposeScope scope = NewDisposeScope();

    static CheckpointStoreTests() => LibTorch.Load(); // before the first dispose scope, which nothing of ours precedes

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(Path.GetDirectoryName(Path.GetDirectoryName(folder))!, recursive: true);
    }

    [Fact]
    public void Everything_comes_back_bit_for_bit()
    {
        var tensors = SafetensorsTests.Types.Select(t => (ScalarType)t).ToDictionary(t => $"model.{t}", t => FiniteOf(SafetensorsTests.OfRandomBits(t, 4, 9)));
        tensors["modelled"] = tensor(1L);
        var state = new JsonObject { ["epoch"] = 3, ["seed"] = ulong.MaxValue, ["loss"] = 0.1 + 0.2, ["name"] = "ä\n" };

        new CheckpointStore(folder, 2).Save(new Checkpoint(500, tensors, state));
        var loaded = new CheckpointStore(folder, 2).LoadNewest()!;

        loaded.Step.ShouldBe(500);
        JsonNode.DeepEquals(loaded.State, state).ShouldBeTrue();
        loaded.State["loss"]!.GetValue<double>().ShouldBe(0.1 + 0.2);
        loaded.State["seed"]!.GetValue<ulong>().ShouldBe(ulong.MaxValue);
        loaded.Tensors.Keys.Order().ShouldBe(tensors.Keys.Order());
        foreach (var (name, tensor) in tensors)
        {
            loaded.Tensors[name].dtype.ShouldBe(tensor.dtype, name);
            loaded.Tensors[name].bytes.ToArray().ShouldBe(tensor.bytes.ToArray(), name);
        }
    }

    // As on a full disk, where what is left would take the room that the next save needs.
    [Fact]
    public void A_save_that_fails_leaves_the_checkpoints_from_before_and_nothing_else()
    {
        var store = new CheckpointStore(folder, 2);
        store.Save(Sample(1));
        var unwritable = new Checkpoint(2, new Dictionary<string, Tensor> { ["optimizer.x"] = zeros(2, ScalarType.ComplexFloat32) }, []);
        Should.Throw<ArgumentException>(() => store.Save(unwritable)).Message.ShouldContain("optimizer.x");
        Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).ShouldBe(["step-000001"]);
        ShouldBeSample(store.LoadNewest()!);
    }

    [Fact]
    public void What_a_dead_process_left_can_be_removed_before_a_save()
    {
        var store = new CheckpointStore(folder, 2);
        store.RemoveLeftovers(); // no folder yet
        store.Save(Sample(1));
        Directory.CreateDirectory(Path.Combine(folder, "step-000002.tmp"));
        File.WriteAllBytes(Path.Combine(folder, "step-000002.tmp", "model.safetensors"), [1, 2, 3]);
        Directory.CreateDirectory(Path.Combine(folder, "mine"));
        store.RemoveLeftovers();
        Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order().ShouldBe(["mine", "step-000001"]);
    }

    [Fact]
    public void The_model_lies_in_a_file_of_its_own_under_its_own_names()
    {
        new CheckpointStore(folder, 1).Save(Sample(7));
        var path = Path.Combine(folder, "step-000007");
        Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).Order().ShouldBe(Files);
        Safetensors.ReadHeader(Path.Combine(path, "model.safetensors")).Tensors.Select(t => t.Name).ShouldBe(["encoder.conv1.weight"]);
        Safetensors.ReadHeader(Path.Combine(path, "optimizer.safetensors")).Tensors.Select(t => t.Name).ShouldBe(["optimizer.momentum"]);
    }

    [Fact]
    public void The_last_k_stay_and_other_folders_are_not_touched()
    {
        foreach (var other in (string[])["step-notes", "step-7", "step-000001-best"]) Directory.CreateDirectory(Path.Combine(folder, other));
        var store = new CheckpointStore(folder, 3);
        foreach (long step in (long[])[1, 20, 300, 4000, 5_000_000]) store.Save(Sample(step));
        store.List().Select(c => c.Step).ShouldBe([5_000_000, 4000, 300]);
        Names().ShouldBe(["step-000001-best", "step-000300", "step-004000", "step-5000000", "step-7", "step-notes"]);
    }

    [Fact]
    public void A_save_after_a_fall_back_neither_counts_nor_removes_the_later_ones()
    {
        var store = new CheckpointStore(folder, 1);
        store.Save(Sample(400));
        store.Save(Sample(350));
        store.List().Select(c => c.Step).ShouldBe([400, 350]);
        store.Save(Sample(400));
        store.List().Select(c => c.Step).ShouldBe([400]);
    }

    [Fact]
    public void A_second_checkpoint_of_the_same_step_takes_the_place_of_the_first()
    {
        var store = new CheckpointStore(folder, 2);
        store.Save(Sample(5));
        store.Save(Sample(6));
        store.Save(new Checkpoint(6, new Dictionary<string, Tensor> { ["model.x"] = ones(1) }, new JsonObject { ["second"] = true }));
        store.LoadNewest()!.State["second"]!.GetValue<bool>().ShouldBeTrue();
        Names().ShouldBe(["step-000005", "step-000006"]);
    }

    [Fact]
    public void Without_a_checkpoint_there_is_nothing_to_load()
    {
        new CheckpointStore(folder, 1).LoadNewest().ShouldBeNull();
        Directory.CreateDirectory(Path.Combine(folder, "step-000003.tmp"));
        new CheckpointStore(folder, 1).LoadNewest().ShouldBeNull();
        new CheckpointStore(folder, 1).List().ShouldBeEmpty();
    }

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
    public void A_damaged_newest_one_is_named_and_the_one_before_is_loaded(string file, string damage)
    {
        var store = new CheckpointStore(folder, 3);
        store.Save(Sample(1));
        store.Save(Sample(2));
        Damage(Path.Combine(folder, "step-000002", file), damage);
        var problems = new Problems();

        var loaded = store.LoadNewest(problems)!;

        loaded.Step.ShouldBe(1);
        ShouldBeSample(loaded);
        problems.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            p => p.ShouldStartWith($"The checkpoint {Path.Combine(folder, "step-000002")} is damaged: "), p => p.ShouldContain(file));
    }

    [Theory]
    [InlineData("\"format\": 1", "\"format\": 2", "says format 2, and this program knows format 1")]
    [InlineData("\"format\": 1", "\"format\": 2, \"news\": []", "says format 2")]
    [InlineData("\"format\": 1", "\"format\": \"one\"", "not a checkpoint's manifest")]
    [InlineData("\"format\": 1,", "", "not a checkpoint's manifest")]
    [InlineData("\"step\": 2", "\"step\": 3", "says step 3")]
    [InlineData("\"step\": 2", "\"step\": 2, \"more\": 1", "not a checkpoint's manifest")]
    [InlineData("\"step\": 2", "\"step\": 2, \"step\": 2", "not a checkpoint's manifest")]
    [InlineData("\"state.json\"", "\"../step-000001/state.json\"", "names the files")]
    public void A_manifest_that_says_something_else_is_refused(string text, string instead, string expected)
    {
        var store = new CheckpointStore(folder, 3);
        store.Save(Sample(2));
        var manifest = Path.Combine(folder, "step-000002", "manifest.json");
        var before = File.ReadAllText(manifest);
        before.ShouldContain(text);
        File.WriteAllText(manifest, before.Replace(text, instead, StringComparison.Ordinal));
        Should.Throw<InvalidDataException>(() => CheckpointStore.Load(Path.GetDirectoryName(manifest)!)).Message.ShouldContain(expected);
    }

    [Fact]
    public void When_every_one_is_damaged_the_error_lists_them_all()
    {
        var store = new CheckpointStore(folder, 2);
        store.Save(Sample(1));
        store.Save(Sample(2));
        Damage(Path.Combine(folder, "step-000001", "state.json"), "delete");
        Damage(Path.Combine(folder, "step-000002", "model.safetensors"), "flip");
        Should.Throw<InvalidDataException>(() => store.LoadNewest()).Message
            .ShouldSatisfyAllConditions(m => m.ShouldContain("step-000001"), m => m.ShouldContain("step-000002"));
    }

    // The states that a kill leaves: after every file and every half file of the new checkpoint, and after every rename.
    [Fact]
    public void A_save_killed_anywhere_leaves_a_checkpoint_that_loads_and_no_trace_after_the_next()
    {
        var store = new CheckpointStore(folder, 2);
        store.Save(Sample(1));
        store.Save(Sample(2));
        var complete = Path.Combine(folder, "..", "complete");
        Directory.Move(Path.Combine(folder, "step-000002"), complete);

        for (int written = 0; written <= 2 * Files.Length; written++)
        {
            var unfinished = Directory.CreateDirectory(Path.Combine(folder, "step-000002.tmp")).FullName;
            for (int i = 0; i < (written + 1) / 2; i++)
            {
                File.Copy(Path.Combine(complete, Files[i]), Path.Combine(unfinished, Files[i]));
                if (2 * i + 1 == written) Damage(Path.Combine(unfinished, Files[i]), "halve");
            }
            LoadsWithoutProblem(1);
            store.Save(Sample(1));
            Names().ShouldBe(["step-000001"]);
        }

        // The same step again: the old one has stepped aside and the new one is not yet in place, then is.
        Directory.Move(Path.Combine(folder, "step-000001"), Path.Combine(folder, "step-000001.replaced"));
        Directory.CreateDirectory(Path.Combine(folder, "step-000001.tmp"));
        LoadsWithoutProblem(1);
        store.Save(Sample(0));
        Names().ShouldBe(["step-000000", "step-000001.replaced"]);
        LoadsWithoutProblem(1);
        store.Save(Sample(1));
        Names().ShouldBe(["step-000000", "step-000001"]);
        CopyFolder("step-000001", "step-000001.replaced");
        LoadsWithoutProblem(1);
        store.Save(Sample(2));
        Names().ShouldBe(["step-000001", "step-000002"]);

        // An old one that was being deleted.
        Directory.Move(Path.Combine(folder, "step-000001"), Path.Combine(folder, "step-000001.tmp"));
        File.Delete(Path.Combine(folder, "step-000001.tmp", "manifest.json"));
        LoadsWithoutProblem(2);
        store.Save(Sample(3));
        Names().ShouldBe(["step-000002", "step-000003"]);
    }

    [Fact]
    public void A_save_that_fails_leaves_the_ones_before_as_they_were()
    {
        var store = new CheckpointStore(folder, 1);
        store.Save(Sample(1));
        Should.Throw<ArgumentException>(() => store.Save(new Checkpoint(2, new Dictionary<string, Tensor> { ["model.a"] = ones(1), ["b"] = zeros(1, complex64) }, [])));
        Should.Throw<ArgumentException>(() => store.Save(new Checkpoint(2, new Dictionary<string, Tensor>(), new JsonObject { ["loss"] = double.NaN })));
        Should.Throw<ArgumentOutOfRangeException>(() => store.Save(Sample(-1)));
        LoadsWithoutProblem(1);
    }

    [Theory]
    [InlineData("model.encoder.conv1.weight", float.NaN, "not finite")]
    [InlineData("model.encoder.bn1.running_var", float.PositiveInfinity, "not finite")]
    [InlineData("model.encoder.bn1.running_var", -1f, "negative variance")]
    [InlineData("optimizer.momentum", float.NegativeInfinity, "not finite")]
    public void What_a_diverged_training_leaves_is_not_saved_and_not_gone_on_with(string name, float value, string expected)
    {
        var store = new CheckpointStore(folder, 1);
        store.Save(Sample(1));
        var diverged = Sample(2);
        var broken = ones(3, 5);
        broken[1, 2] = value;
        ((Dictionary<string, Tensor>)diverged.Tensors)[name] = broken;

        string refusal = Should.Throw<InvalidDataException>(() => store.Save(diverged)).Message;
        refusal.ShouldSatisfyAllConditions(m => m.ShouldContain(name), m => m.ShouldContain(expected), m => m.ShouldContain("smaller learning rate"));
        LoadsWithoutProblem(1);
        Names().ShouldBe(["step-000001"]);

        // One that another program, or an earlier version of this one, has saved.
        Forge(diverged);
        var problems = new Problems();
        store.LoadNewest(problems)!.Step.ShouldBe(1);
        problems.ShouldHaveSingleItem().ShouldSatisfyAllConditions(m => m.ShouldContain("step-000002"), m => m.ShouldContain(name), m => m.ShouldContain(expected));
    }

    [Fact]
    public async Task Readers_beside_a_saver_always_get_a_whole_checkpoint_and_no_complaint()
    {
        new CheckpointStore(folder, 1).Save(Sample(0));
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var store = new CheckpointStore(folder, 1);
            var (problems, last, loads) = (new Problems(), 0L, 0);
            while (!done.IsCancellationRequested)
            {
                using var inner = NewDisposeScope();
                var loaded = store.LoadNewest(problems)!;
                ShouldBeSample(loaded);
                loaded.Step.ShouldBeGreaterThanOrEqualTo(last);
                (last, loads) = (loaded.Step, loads + 1);
            }
            problems.ShouldBeEmpty();
            return loads;
        }, TestContext.Current.CancellationToken)).ToList();

        // Every step thrice, once by its equal: removing, replacing and reading meet.
        for (int i = 3; i < 150; i++) new CheckpointStore(folder, 1).Save(Sample(i / 3, i % 3 / 2));
        await done.CancelAsync();
        foreach (int loads in await Task.WhenAll(readers)) loads.ShouldBeGreaterThan(1);
    }

    [Fact]
    public void Tensors_that_are_loaded_are_the_callers_and_no_others_are_left()
    {
        var store = new CheckpointStore(folder, 2);
        store.Save(Sample(1));
        store.Save(Sample(2));
        Damage(Path.Combine(folder, "step-000002", "state.json"), "flip");
        using var inner = NewDisposeScope();
        var loaded = store.LoadNewest()!;
        inner.DisposablesCount.ShouldBe(loaded.Tensors.Count);
        store.Save(loaded);
        inner.DisposablesCount.ShouldBe(loaded.Tensors.Count);
    }

    // Every part of it tells the step and the generation, so that parts of two different saves show.
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

    // As Save writes it, without a look at the values.
    private void Forge(Checkpoint checkpoint)
    {
        string path = Directory.CreateDirectory(Path.Combine(folder, $"step-{checkpoint.Step:d6}")).FullName;
        Safetensors.Write(Path.Combine(path, Files[1]), checkpoint.Tensors.Where(t => t.Key.StartsWith("model.", StringComparison.Ordinal)).ToDictionary(t => t.Key["model.".Length..], t => t.Value));
        Safetensors.Write(Path.Combine(path, Files[2]), checkpoint.Tensors.Where(t => t.Key.StartsWith("optimizer.", StringComparison.Ordinal)).ToDictionary());
        File.WriteAllText(Path.Combine(path, Files[3]), checkpoint.State.ToJsonString());
        var seals = Files[1..].ToDictionary(f => f, f => File.ReadAllBytes(Path.Combine(path, f)) is var bytes ? new CheckpointManifest.FileSeal(bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))) : default);
        File.WriteAllBytes(Path.Combine(path, Files[0]), new CheckpointManifest(CheckpointManifest.KnownFormat, checkpoint.Step, seals).ToJson());
    }

    private static Tensor FiniteOf(Tensor bits) => bits.is_floating_point() ? where(bits.isfinite(), bits, zeros_like(bits)) : bits;

    private void LoadsWithoutProblem(long step)
    {
        var problems = new Problems();
        var loaded = new CheckpointStore(folder, 2).LoadNewest(problems)!;
        loaded.Step.ShouldBe(step);
        ShouldBeSample(loaded);
        problems.ShouldBeEmpty();
    }

    private IEnumerable<string?> Names() => Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(Path.Combine(folder, to));
        foreach (var file in Files) File.Copy(Path.Combine(folder, from, file), Path.Combine(folder, to, file));
    }

    private static void Damage(string path, string how)
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

    private sealed class Problems : List<string>, IProgress<string>
    {
        public void Report(string value) => Add(value);
    }
}
