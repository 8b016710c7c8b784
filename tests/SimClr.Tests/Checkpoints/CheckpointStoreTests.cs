using System.Text.Json.Nodes;
using SimClr.Checkpoints;
using SimClr.Tests.Weights;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Tests.Checkpoints;

public sealed class CheckpointStoreTests : CheckpointTests
{
    [Fact]
    public void Everything_is_restored_bit_for_bit()
    {
        var tensors = SafetensorsTests.Types.Select(t => (ScalarType)t).ToDictionary(t => $"model.{t}", t => FiniteOf(SafetensorsTests.OfRandomBits(t, 4, 9)));
        tensors["modelled"] = tensor(1L);
        var state = new JsonObject { ["epoch"] = 3, ["seed"] = ulong.MaxValue, ["loss"] = 0.1 + 0.2, ["name"] = "ä\n" };

        new CheckpointStore(Folder, 2).Save(new Checkpoint(500, tensors, state));
        var loaded = new CheckpointStore(Folder, 2).LoadNewest()!;

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

    [Fact]
    public void The_model_has_its_own_file_with_its_own_names()
    {
        new CheckpointStore(Folder, 1).Save(Sample(7));
        var path = Path.Combine(Folder, "step-000007");
        Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).Order().ShouldBe(Files);
        Safetensors.ReadHeader(Path.Combine(path, "model.safetensors")).Tensors.Select(t => t.Name).ShouldBe(["encoder.conv1.weight"]);
        Safetensors.ReadHeader(Path.Combine(path, "optimizer.safetensors")).Tensors.Select(t => t.Name).ShouldBe(["optimizer.momentum"]);
    }

    [Fact]
    public void The_last_k_checkpoints_stay_and_other_folders_are_not_changed()
    {
        foreach (var other in (string[])["step-notes", "step-7", "step-000001-best"]) Directory.CreateDirectory(Path.Combine(Folder, other));
        var store = new CheckpointStore(Folder, 3);
        foreach (long step in (long[])[1, 20, 300, 4000, 5_000_000]) store.Save(Sample(step));
        store.List().Select(c => c.Step).ShouldBe([5_000_000, 4000, 300]);
        Names().ShouldBe(["step-000001-best", "step-000300", "step-004000", "step-5000000", "step-7", "step-notes"]);
    }

    [Fact]
    public void A_save_after_a_fallback_neither_counts_nor_removes_later_checkpoints()
    {
        var store = new CheckpointStore(Folder, 1);
        store.Save(Sample(400));
        store.Save(Sample(350));
        store.List().Select(c => c.Step).ShouldBe([400, 350]);
        store.Save(Sample(400));
        store.List().Select(c => c.Step).ShouldBe([400]);
    }

    [Fact]
    public void A_second_checkpoint_of_the_same_step_replaces_the_first()
    {
        var store = new CheckpointStore(Folder, 2);
        store.Save(Sample(5));
        store.Save(Sample(6));
        store.Save(new Checkpoint(6, new Dictionary<string, Tensor> { ["model.x"] = ones(1) }, new JsonObject { ["second"] = true }));
        store.LoadNewest()!.State["second"]!.GetValue<bool>().ShouldBeTrue();
        Names().ShouldBe(["step-000005", "step-000006"]);
    }

    [Fact]
    public void Without_a_checkpoint_there_is_nothing_to_load()
    {
        new CheckpointStore(Folder, 1).LoadNewest().ShouldBeNull();
        Directory.CreateDirectory(Path.Combine(Folder, "step-000003.tmp"));
        new CheckpointStore(Folder, 1).LoadNewest().ShouldBeNull();
        new CheckpointStore(Folder, 1).List().ShouldBeEmpty();
    }

    [Fact]
    public void Loaded_tensors_are_owned_by_the_caller_and_no_others_leak()
    {
        var store = new CheckpointStore(Folder, 2);
        store.Save(Sample(1));
        store.Save(Sample(2));
        Damage(Path.Combine(Folder, "step-000002", "state.json"), "flip");
        using var inner = NewDisposeScope();
        var loaded = store.LoadNewest()!;
        inner.DisposablesCount.ShouldBe(loaded.Tensors.Count);
        store.Save(loaded);
        inner.DisposablesCount.ShouldBe(loaded.Tensors.Count);
    }

    private static Tensor FiniteOf(Tensor bits) => bits.is_floating_point() ? where(bits.isfinite(), bits, zeros_like(bits)) : bits;
}
