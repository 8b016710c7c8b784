using SimClr.Checkpoints;
using SimClr.IO;

namespace SimClr.Tests.IO;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string[] Names => [.. Directory.GetFileSystemEntries(folder.Root).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];

    [Fact]
    public void A_folder_appears_whole_and_replaces_the_one_before()
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
    public void What_goes_wrong_leaves_the_folder_from_before_and_what_a_kill_left_goes()
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
    public void What_a_kill_left_of_a_checkpoint_is_no_checkpoint_and_goes(string suffix)
    {
        folder.Write($"step-000003{suffix}/model.safetensors", [1, 2, 3]);
        folder.Write($"mine{suffix}/x", [1]);
        var store = new CheckpointStore(folder.Root, 1);
        store.List().ShouldBeEmpty();
        store.RemoveLeftovers();
        Names.ShouldBe([$"mine{suffix}"]);
    }
}
