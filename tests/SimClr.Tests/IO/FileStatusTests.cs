using SimClr.IO;

namespace SimClr.Tests.IO;

public sealed class FileStatusTests
{
    [Fact]
    public void Without_the_calls_of_Linux_a_path_is_something_or_missing()
    {
        using var folder = new TempFolder();
        FileStatus.OfOthers(folder.Write("a.png")).Kind.ShouldBe(EntryKind.Unknown);
        FileStatus.OfOthers(folder.Root).Kind.ShouldBe(EntryKind.Unknown);
        FileStatus.OfOthers(folder.At("b.png")).Kind.ShouldBe(EntryKind.Missing);
    }
}
