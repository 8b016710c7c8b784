using SimClr.IO;

namespace SimClr.Tests.IO;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_is_replaced_atomically_and_its_folders_are_created()
    {
        string path = folder.At("a", "b", "x.txt");
        AtomicFile.Write(path, "one"u8);
        AtomicFile.Write(path, file => file.Write("two"u8));
        File.ReadAllText(path).ShouldBe("two");
        Directory.GetFileSystemEntries(folder.At("a", "b")).ShouldBe([path]);
    }

    [Fact]
    public void A_failed_write_keeps_the_old_file_and_leaves_nothing_else()
    {
        string path = folder.Write("x.txt", [1, 2, 3]);
        Should.Throw<InvalidDataException>(() => AtomicFile.Write(path, file =>
        {
            file.Write("half"u8);
            throw new InvalidDataException("broken");
        })).Message.ShouldBe("broken");
        File.ReadAllBytes(path).ShouldBe([1, 2, 3]);
        Directory.GetFileSystemEntries(folder.Root).ShouldBe([path]);
    }

    [Fact]
    public void The_next_write_removes_the_leftovers_of_a_kill_and_nothing_else()
    {
        string Left(string name, int minutes)
        {
            string file = folder.Write(name, [1]);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-minutes));
            return file;
        }
        string Guid() => $"{System.Guid.NewGuid():N}{AtomicFile.Partial}";
        string dead = Left($"x.txt.{Guid()}", 10), young = Left($"x.txt.{Guid()}", 0), alive = Left($"x.txt.{Guid()}", 10);
        string[] others = [Left($"y.txt.{Guid()}", 10), Left($"x.txt.y.{Guid()}", 10), Left("x.txt.partial", 10), Left("x.txt.notes.partial", 10)];
        using (new FileStream(alive, FileMode.Open, FileAccess.Write, FileShare.Read)) // as its writer left it
        {
            AtomicFile.Write(folder.At("x.txt"), "new"u8);
            File.Exists(dead).ShouldBeFalse();
            foreach (string file in (string[])[young, alive, .. others]) File.Exists(file).ShouldBeTrue(file);
        }
        AtomicFile.Write(folder.At("x.txt"), "newer"u8);
        File.Exists(alive).ShouldBeFalse();
        File.ReadAllText(folder.At("x.txt")).ShouldBe("newer");
    }
}
