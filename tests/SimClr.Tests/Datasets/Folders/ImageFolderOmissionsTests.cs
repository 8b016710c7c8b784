using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

/// <summary>The files in an image folder that are not used.</summary>
public sealed partial class ImageFolderOmissionsTests : IDisposable
{
    private const uint Nobody = 65534;

    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Fact]
    public void Images_of_other_formats_and_other_files_are_counted_by_extension()
    {
        Touch("a/1.jpg", "b/2.jpg", "c/3.tga", "c/4.TGA", "c/5.psd", "b/6.heic", "a/7.txt", "a/8.txt", "9.json", "LICENSE");
        var images = Open();
        images.Classes.ShouldBe(["a", "b"]);
        images.Omissions.Select(o => (o.What, o.Count, o.IsExpected)).ShouldBe(
            [(".tga", 2, false), (".heic", 1, false), (".psd", 1, false), ("folder", 1, false), ("file that is no image (2 .txt, 1 without an extension, 1 .json)", 4, true)]);
        images.Omissions[3].Example.ShouldBe(temp.Named("c"));
        images.Omissions[0].ToString().ShouldBe($"2 × .tga not used: this image format is not read; convert such files to PNG or JPEG (for example {temp.Named("c", "3.tga")}).");
    }

    [Fact]
    public void A_folder_with_only_unsupported_formats_is_refused_with_their_names()
    {
        Touch("fox/1.tga", "fox/2.tga");
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(temp.Root, DatasetPart.Train)).Message.ShouldContain($"2 × .tga not used: this image format is not read; convert such files to PNG or JPEG (for example {temp.Named("fox", "1.tga")}).");
    }

    [Fact]
    public void System_files_are_skipped_and_counted()
    {
        Touch("cat/1.jpg", "dog/2.jpg");
        Touch("cat/@eaDir/1.jpg/SYNOPHOTO_THUMB_XL.jpg", "dog/@eaDir/2.jpg/SYNOPHOTO_THUMB_M.jpg", "#recycle/old.jpg", "@Recycle/o.jpg", "__MACOSX/cat/._1.jpg", "cat/._1.jpg", "cat/.DS_Store",
            "cat/Thumbs.db", "dog/DESKTOP.INI", "$RECYCLE.BIN/x.jpg", "System Volume Information/y.jpg", "lost+found/z.jpg", ".thumbnails/1.jpg", ".Trash-1000/files/2.jpg", ".ipynb_checkpoints/3.png", "dog/SYNOPHOTO_THUMB_S.jpg");
        var images = Open();
        images.Classes.ShouldBe(["cat", "dog"]);
        images.Count.ShouldBe(2);
        images.Omissions.ShouldAllBe(o => o.IsExpected);
        images.Omissions.ToDictionary(o => o.What, o => o.Count).ShouldBe(new Dictionary<string, long>
        {
            ["folder @eaDir"] = 2,
            ["folder #recycle"] = 1,
            ["folder @Recycle"] = 1,
            ["folder __MACOSX"] = 1,
            ["folder $RECYCLE.BIN"] = 1,
            ["folder System Volume Information"] = 1,
            ["folder lost+found"] = 1,
            ["hidden folder"] = 3,
            ["file ._*"] = 1,
            ["hidden file"] = 1,
            ["file Thumbs.db"] = 1,
            ["file DESKTOP.INI"] = 1,
            ["file SYNO*"] = 1,
        }, ignoreOrder: true);
    }

    [Theory]
    [InlineData("recipe.yaml", "run.json")]
    [InlineData("clusters.csv", "cluster-0.png")]
    [InlineData("projector_config.pbtxt", "tensors.tsv")]
    public void Output_of_this_program_below_the_images_is_skipped(string one, string other)
    {
        Touch("a/1.jpg", "b/2.jpg", $"outputs/mine/{one}", $"outputs/mine/{other}", "outputs/mine/views.png", "outputs/mine/deep/x.png");
        Open().Count.ShouldBe(2);
        Open().Omissions.ShouldHaveSingleItem().Example.ShouldBe(temp.Named("outputs", "mine"));

        File.Delete(temp.At("outputs", "mine", one)); // no longer recognised as output of this program
        Open().Count.ShouldBe(other.EndsWith(".png", StringComparison.Ordinal) ? 5 : 4);
    }

    [Fact]
    public void Only_regular_files_are_read_and_a_pipe_never_blocks()
    {
        Touch("a/1.jpg", "b/2.jpg");
        Shell($"mkfifo {temp.At("a", "pipe.jpg")}");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(temp.At("a", "socket.jpg")));
        File.CreateSymbolicLink(temp.At("b", "zero.jpg"), "/dev/zero");
        File.CreateSymbolicLink(temp.At("b", "pipe.jpg"), temp.At("a", "pipe.jpg"));
        File.CreateSymbolicLink(temp.At("b", "gone.jpg"), "nowhere");
        File.CreateSymbolicLink(temp.At("b", "again.jpg"), temp.At("a", "1.jpg"));

        var images = Open();
        Paths(images).ShouldBe(["a/1.jpg", "b/2.jpg", "b/again.jpg"]);
        images.Omissions.ToDictionary(o => o.Reason, o => o.Count).ShouldBe(
            new Dictionary<string, long> { ["it is a pipe, not a file"] = 2, ["it is a socket, not a file"] = 1, ["it is a device, not a file"] = 1, ["it is a link to nothing"] = 1 }, ignoreOrder: true);
    }

    [Fact]
    public void Names_that_are_not_UTF_8_are_counted()
    {
        Touch("a/1.jpg", "b/2.jpg", "b/ü\ufffd.jpg");
        Shell($"cd {temp.Root} && : > $'b/\\xff\\xfe.jpg' && mkdir $'caf\\xe9' && : > $'caf\\xe9/3.jpg' && : > $'b/\\xff.txt'");
        var images = Open();
        Shell($"rm -r {temp.Root}/*"); // .NET cannot
        Paths(images).ShouldBe(["a/1.jpg", "b/2.jpg", "b/ü\ufffd.jpg"]);
        images.Omissions.Select(o => (o.What, o.Count)).ShouldBe([("name", 2), ("file that is no image (1 .txt)", 1)]);
    }

    [Fact]
    public void An_unreadable_folder_is_skipped_and_reported_unless_the_user_named_it()
    {
        Touch("a/1.jpg", "b/2.jpg", "locked/3.jpg");
        Shell($"chmod 755 {temp.Root} && chmod 000 {temp.At("locked")}");
        try
        {
            AsNobody(() =>
            {
                var images = Open();
                Paths(images).ShouldBe(["a/1.jpg", "b/2.jpg"]);
                var said = images.Omissions.ShouldHaveSingleItem();
                (said.What, said.Example, said.IsExpected).ShouldBe(("folder", temp.At("locked"), false));
                Should.Throw<UnauthorizedAccessException>(() => ImageFolderDataset.Open(temp.At("locked"), DatasetPart.Train)).Message.ShouldContain(temp.At("locked"));
            });
        }
        finally
        {
            Shell($"chmod 755 {temp.At("locked")}");
        }
    }

    // Root may list everything, so a separate thread takes the file-system identity of another user.
    private static void AsNobody(Action action)
    {
        Exception? failed = null;
        var thread = new Thread(() =>
        {
            _ = SetFileSystemUser(Nobody);
            failed = Record.Exception(action);
        });
        thread.Start();
        thread.Join();
        failed.ShouldBeNull();
    }

    private static void Shell(string command)
    {
        Needs.Linux("bash, pipes, names that are not UTF-8, permissions");
        using var shell = Process.Start("bash", ["-c", command]);
        shell.WaitForExit();
        shell.ExitCode.ShouldBe(0, command);
    }

    private void Touch(params string[] files) => Array.ForEach(files, file => temp.Write(file));

    private ImageFolderDataset Open() => ImageFolderDataset.Open(temp.Root, DatasetPart.Train);

    private List<string> Paths(ImageFolderDataset images) => [.. Enumerable.Range(0, images.Count).Select(i => TestFolder.Relative(temp.Root, images.Describe(i)))];

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(uint user);
}
