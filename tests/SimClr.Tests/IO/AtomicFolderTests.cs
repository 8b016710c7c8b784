using SimClr.Checkpoints;
using SimClr.IO;

namespace SimClr.Tests.IO;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string[] Names => [.. Directory.GetFileSystemEntries(folder.Root).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];

    [Fact]
    public void A_folder_appears_complete_and_replaces_the_old_one()
    {
        string path = folder.At("x");
        AtomicFolder.Write(path, partial =>
        {
            Names.ShouldBe(["x.partial"]);
            File.WriteAllText(Path.Combine(partial, "one"), "1");
        });
        AtomicFolder.Write(path, partial => File.WriteAllText(Path.Combine(partial, "two"), "2"));
        Names.ShouldBe(["x"]);
        Directory.GetFiles(path).ShouldBe([Path.Combine(path, "two")]);
    }

    [Fact]
    public void A_failed_write_keeps_the_old_folder_and_leftovers_of_a_kill_are_removed()
    {
        string path = folder.At("x");
        AtomicFolder.Write(path, partial => File.WriteAllText(Path.Combine(partial, "one"), "1"));
        Should.Throw<InvalidDataException>(() => AtomicFolder.Write(path, _ => throw new InvalidDataException("broken"))).Message.ShouldBe("broken");
        Names.ShouldBe(["x"]);
        folder.Write("x.partial/half", [1]);
        AtomicFolder.Write(path, partial => Directory.GetFiles(partial).ShouldBeEmpty());
        Names.ShouldBe(["x"]);
        AtomicFolder.Delete(path);
        Names.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(".partial")]
    [InlineData(".tmp")] // version 0.1
    public void Leftovers_of_a_killed_save_are_not_checkpoints_and_are_removed(string suffix)
    {
        folder.Write($"step-000003{suffix}/model.safetensors", [1, 2, 3]);
        folder.Write($"mine{suffix}/x", [1]);
        var store = new CheckpointStore(folder.Root, 1);
        store.List().ShouldBeEmpty();
        store.RemoveLeftovers();
        Names.ShouldBe([$"mine{suffix}"]);
    }
}
