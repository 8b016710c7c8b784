using SimClr.Files;
using SimClr.Tests.Data;

namespace SimClr.Tests.Files;

public sealed class WholeFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_is_replaced_whole_and_its_folders_are_made()
    {
        string path = folder.At("a", "b", "x.txt");
        WholeFile.Write(path, "one"u8);
        WholeFile.Write(path, file => file.Write("two"u8));
        File.ReadAllText(path).ShouldBe("two");
        Directory.GetFileSystemEntries(folder.At("a", "b")).ShouldBe([path]);
    }

    [Fact]
    public void What_goes_wrong_on_the_way_leaves_the_file_from_before_and_nothing_beside_it()
    {
        string path = folder.Write("x.txt", [1, 2, 3]);
        Should.Throw<InvalidDataException>(() => WholeFile.Write(path, file =>
        {
            file.Write("half"u8);
            throw new InvalidDataException("broken");
        })).Message.ShouldBe("broken");
        File.ReadAllBytes(path).ShouldBe([1, 2, 3]);
        Directory.GetFileSystemEntries(folder.Root).ShouldBe([path]);
    }
}
