using SimClr.IO;

namespace SimClr.Tests.IO;

public sealed class FileStatusTests
{
    [Fact]
    public void Without_the_calls_of_a_system_a_path_is_a_folder_or_something_or_missing()
    {
        using var folder = new TempFolder();
        var files = new HostFiles();
        files.StatusOf(folder.Write("a.png")).Kind.ShouldBe(EntryKind.Unknown);
        files.StatusOf(folder.Root).Kind.ShouldBe(EntryKind.Folder);
        files.StatusOf(folder.At("b.png")).Kind.ShouldBe(EntryKind.Missing);
        files.StatusOf(folder.At("..", Path.GetFileName(folder.Root))).Identity.ShouldBe(files.StatusOf(folder.Root).Identity);
    }
}
