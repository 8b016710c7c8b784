using SimClr.IO;

namespace SimClr.Tests.IO;

public sealed class HostFilesTests
{
    private const int SharingViolation = unchecked((int)0x80070020);

    [Fact]
    public void With_NET_alone_a_folder_has_the_same_names_and_kinds_as_by_the_calls_of_this_system()
    {
        Needs.Links();
        using var folder = new TempFolder();
        folder.Write("a.png");
        folder.Write(".hidden");
        Directory.CreateDirectory(folder.At("sub é"));
        Directory.CreateSymbolicLink(folder.At("loop"), folder.Root);
        File.CreateSymbolicLink(folder.At("nowhere"), folder.At("missing"));
        var portable = new HostFiles().EntriesOf(folder.Root).OrderBy(entry => entry.Name, StringComparer.Ordinal).ToList();
        portable.ShouldBe(HostFiles.Current.EntriesOf(folder.Root).OrderBy(entry => entry.Name, StringComparer.Ordinal));
        portable.Count.ShouldBe(5);
    }

    [Fact]
    public void With_NET_alone_a_path_is_a_folder_or_something_or_missing()
    {
        using var folder = new TempFolder();
        var files = new HostFiles();
        files.StatusOf(folder.Write("a.png")).Kind.ShouldBe(EntryKind.Unknown);
        files.StatusOf(folder.Root).Kind.ShouldBe(EntryKind.Folder);
        files.StatusOf(folder.At("b.png")).Kind.ShouldBe(EntryKind.Missing);
    }

    [Fact]
    public void A_folder_and_a_link_to_it_have_one_identity_and_two_folders_have_two()
    {
        Needs.Links();
        using var folder = new TempFolder();
        string one = Directory.CreateDirectory(folder.At("one")).FullName, two = Directory.CreateDirectory(folder.At("two")).FullName;
        string link = Directory.CreateSymbolicLink(folder.At("link"), one).FullName;
        foreach (var files in new[] { new HostFiles(), HostFiles.Current })
        {
            files.StatusOf(link).Identity.ShouldBe(files.StatusOf(one).Identity);
            files.StatusOf(two).Identity.ShouldNotBe(files.StatusOf(one).Identity);
        }
    }

    [Fact]
    public void Windows_paths_are_stored_with_slashes() => new WindowsFiles().Portable(@"C:\data\train/a.png").ShouldBe("C:/data/train/a.png");

    [Fact]
    public void On_Windows_a_change_is_tried_again_while_somebody_reads_the_file_and_not_after_other_errors()
    {
        int tries = 0;
        new WindowsFiles().Change(() =>
        {
            if (++tries < 4) throw new IOException("in use", SharingViolation);
        });
        tries.ShouldBe(4);
        Should.Throw<DirectoryNotFoundException>(() => new WindowsFiles().Change(() => throw new DirectoryNotFoundException($"try {++tries}"))).Message.ShouldBe("try 5");
    }
}
