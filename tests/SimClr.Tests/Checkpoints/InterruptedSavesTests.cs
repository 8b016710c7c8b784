using System.Text.Json.Nodes;
using SimClr.Checkpoints;
using static TorchSharp.torch;

namespace SimClr.Tests.Checkpoints;

public sealed class InterruptedSavesTests : CheckpointTests
{
    // As on a full disk, where the remains would take the space that the next save needs.
    [Fact]
    public void A_failed_save_keeps_the_old_checkpoints_and_leaves_nothing_else()
    {
        var store = new CheckpointStore(Folder, 2);
        store.Save(Sample(1));
        var unwritable = new Checkpoint(2, new Dictionary<string, Tensor> { ["optimizer.x"] = zeros(2, ScalarType.ComplexFloat32) }, []);
        Should.Throw<ArgumentException>(() => store.Save(unwritable)).Message.ShouldContain("optimizer.x");
        Directory.GetFileSystemEntries(Folder).Select(Path.GetFileName).ShouldBe(["step-000001"]);
        ShouldBeSample(store.LoadNewest()!);
    }

    [Fact]
    public void Leftovers_of_a_dead_process_can_be_removed_before_a_save()
    {
        var store = new CheckpointStore(Folder, 2);
        store.RemoveLeftovers(); // no folder yet
        store.Save(Sample(1));
        Directory.CreateDirectory(Path.Combine(Folder, "step-000002.tmp"));
        File.WriteAllBytes(Path.Combine(Folder, "step-000002.tmp", "model.safetensors"), [1, 2, 3]);
        Directory.CreateDirectory(Path.Combine(Folder, "mine"));
        store.RemoveLeftovers();
        Directory.GetFileSystemEntries(Folder).Select(Path.GetFileName).Order().ShouldBe(["mine", "step-000001"]);
    }

    // The states that a kill leaves: after every file and every half file of the new checkpoint, and after every rename.
    [Fact]
    public void A_save_killed_at_any_point_leaves_a_loadable_checkpoint_and_the_next_save_cleans_up()
    {
        var store = new CheckpointStore(Folder, 2);
        store.Save(Sample(1));
        store.Save(Sample(2));
        var complete = Path.Combine(Folder, "..", "complete");
        Directory.Move(Path.Combine(Folder, "step-000002"), complete);

        for (int written = 0; written <= 2 * Files.Length; written++)
        {
            var unfinished = Directory.CreateDirectory(Path.Combine(Folder, "step-000002.tmp")).FullName;
            for (int i = 0; i < (written + 1) / 2; i++)
            {
                File.Copy(Path.Combine(complete, Files[i]), Path.Combine(unfinished, Files[i]));
                if (2 * i + 1 == written) Damage(Path.Combine(unfinished, Files[i]), "halve");
            }
            LoadsWithoutProblem(1);
            store.Save(Sample(1));
            Names().ShouldBe(["step-000001"]);
        }

        // The same step again: the old checkpoint is renamed away and the new one is first missing, then in place.
        Directory.Move(Path.Combine(Folder, "step-000001"), Path.Combine(Folder, "step-000001.replaced"));
        Directory.CreateDirectory(Path.Combine(Folder, "step-000001.tmp"));
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

        // An old checkpoint during its deletion.
        Directory.Move(Path.Combine(Folder, "step-000001"), Path.Combine(Folder, "step-000001.tmp"));
        File.Delete(Path.Combine(Folder, "step-000001.tmp", "manifest.json"));
        LoadsWithoutProblem(2);
        store.Save(Sample(3));
        Names().ShouldBe(["step-000002", "step-000003"]);
    }

    [Fact]
    public void A_failed_save_does_not_change_the_old_checkpoints()
    {
        var store = new CheckpointStore(Folder, 1);
        store.Save(Sample(1));
        Should.Throw<ArgumentException>(() => store.Save(new Checkpoint(2, new Dictionary<string, Tensor> { ["model.a"] = ones(1), ["b"] = zeros(1, complex64) }, [])));
        Should.Throw<ArgumentException>(() => store.Save(new Checkpoint(2, new Dictionary<string, Tensor>(), new JsonObject { ["loss"] = double.NaN })));
        Should.Throw<ArgumentOutOfRangeException>(() => store.Save(Sample(-1)));
        LoadsWithoutProblem(1);
    }

    [Fact]
    public async Task Readers_during_a_save_always_get_an_intact_checkpoint()
    {
        new CheckpointStore(Folder, 1).Save(Sample(0));
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var store = new CheckpointStore(Folder, 1);
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

        // Every step three times, so that removing, replacing and reading coincide.
        for (int i = 3; i < 150; i++) new CheckpointStore(Folder, 1).Save(Sample(i / 3, i % 3 / 2));
        await done.CancelAsync();
        foreach (int loads in await Task.WhenAll(readers)) loads.ShouldBeGreaterThan(1);
    }

    private void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(Path.Combine(Folder, to));
        foreach (var file in Files) File.Copy(Path.Combine(Folder, from, file), Path.Combine(Folder, to, file));
    }
}
