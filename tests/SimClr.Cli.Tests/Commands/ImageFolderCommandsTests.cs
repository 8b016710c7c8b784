using SimClr.Datasets;
using SimClr.RunFolders;
using SimClr.Tests;
using SkiaSharp;

namespace SimClr.Cli.Tests.Commands;

/// <summary>Commands on image folders: permitted output paths, and names that can be packed.</summary>
[Collection(InProcess.Name)]
public sealed class ImageFolderCommandsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private void Write(params string[] files)
    {
        using var bitmap = new SKBitmap(20, 20);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.In("data", file))!);
            File.WriteAllBytes(folder.In("data", file), png.ToArray());
        }
    }

    [Fact]
    public void A_command_stops_before_it_writes_a_picture_among_the_images()
    {
        Write("a/1.png", "b/2.png");
        var (exitCode, output, error) = InProcess.Run($"views --data {folder.In("data")} --out {folder.In("data", "views.png")}");
        (exitCode, output).ShouldBe((2, ""));
        error.ShouldStartWith($"simclr: --output {folder.In("data", "views.png")} is in the image folder {folder.In("data")}");
        File.Exists(folder.In("data", "views.png")).ShouldBeFalse();
    }

    [Fact]
    public void A_run_below_its_images_is_not_read_as_images_and_finds_them_from_any_folder()
    {
        Write("a/1.png", "a/2.png", "b/3.png", "b/4.png");
        string data = Path.GetRelativePath(Environment.CurrentDirectory, folder.In("data")), run = folder.In("data", "runs", "mine");
        var (exitCode, _, error) = InProcess.Run($"pretrain --data {data} --output {run} --epochs 1 --batch-size 2 --image-size 16 --width 0.0625 --threads 1");
        exitCode.ShouldBe(0, error);
        error.ShouldContain($"{run} is inside the image folder {folder.In("data")}");
        new RunFolder(run).ReadSettings().Data.ShouldBe([folder.In("data")]);
        File.WriteAllBytes(Path.Combine(run, "views.png"), File.ReadAllBytes(folder.In("data", "a", "1.png")));
        ImageFolderDataset.Open(folder.In("data"), DatasetPart.Train).Count.ShouldBe(4);
    }

    [Fact]
    public void A_class_name_that_would_shift_the_list_of_classes_is_refused()
    {
        Needs.Linux("line breaks in names");
        Write("one\nmore/1.png", "two/2.png");
        var (exitCode, _, error) = InProcess.Run($"pack --data {folder.In("data")} --output {folder.In("shards")} --quiet");
        exitCode.ShouldBe(1);
        error.ShouldBe("simclr: The class 'one\\nmore' has a line break in its name or a space at its end, which classnames.txt cannot hold: rename its folder.\n");
        Directory.Exists(folder.In("shards.part")).ShouldBeFalse();
    }
}
