using SimClr.Datasets;
using SkiaSharp;

namespace SimClr.Tests.Datasets;

public sealed class ImageSourceTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private async Task<ImageSource> Source(params string[] files)
    {
        using var bitmap = new SKBitmap(20, 20);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.At("data", file))!);
            File.WriteAllBytes(folder.At("data", file), png.ToArray());
        }
        return await ImageSource.FindAsync(folder.At("data"), null, IMessages.None, CancellationToken.None);
    }

    private static string[] Names(IImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(i => Path.GetFileName(data.Describe(i)))];

    [Fact]
    public async Task Evaluation_leaves_out_unlabelled_images_in_both_parts()
    {
        var (train, test, cut) = (await Source("train/a/1.png", "train/b/2.png", "train/3.png", "test/b/4.png", "test/5.png")).ForEvaluation();
        cut.ShouldBeFalse();
        Names(train).ShouldBe(["1.png", "2.png"]);
        Names(test).ShouldBe(["4.png"]);
        test.Label(0).ShouldBe(1);
    }

    [Fact]
    public async Task Unlabelled_images_are_not_a_class_when_a_test_part_is_held_out()
    {
        var (train, test, cut) = (await Source("a/1.png", "a/2.png", "b/3.png", "b/4.png", "5.png", "6.png")).ForEvaluation();
        cut.ShouldBeTrue();
        (train.Count, test.Count).ShouldBe((2, 2));
        Enumerable.Range(0, 2).Select(test.Label).Order().ShouldBe([0, 1]);
    }

    [Fact]
    public async Task A_class_missing_in_training_stops_evaluations_but_no_command_without_labels()
    {
        var source = await Source("train/a/1.png", "train/b/2.png", "test/b/3.png", "test/z/4.png");
        source.List(ImagePart.All).Count.ShouldBe(4);
        source.List(ImagePart.Test).ClassOf(1).ShouldBeNull();
        source.ForPretraining(null, 0).Count.ShouldBe(2);
        Names(source.ForEvaluation(strict: false).Test).ShouldBe(["3.png"]);
        Should.Throw<InvalidDataException>(() => source.ForEvaluation()).Message
            .ShouldBe($"data test cannot be scored: the training part, {folder.Named("data", "train")}, has no class z; add it there, or move its images out of the test part (1 images, for example {folder.Named("data", "test", "z", "4.png")}).");
    }

    [Fact]
    public async Task A_test_part_without_labels_is_reported()
    {
        var source = await Source("train/a/1.png", "train/b/2.png", "test/3.png");
        source.List(ImagePart.All).Count.ShouldBe(3);
        Should.Throw<InvalidDataException>(() => source.ForEvaluation()).Message.ShouldStartWith("None of the 1 images of data test has a label");
    }

    [Fact]
    public async Task No_picture_is_written_among_the_images_and_no_folder_over_them()
    {
        Needs.Links();
        var source = await Source("a/1.png", "b/2.png");
        Directory.CreateSymbolicLink(folder.At("link"), folder.At("data", "a"));
        foreach (string picture in (string[])[folder.At("data", "sheet.png"), folder.At("data", "new", "sheet.png"), folder.At("link", "sheet.png")])
            Should.Throw<ConfigurationException>(() => source.RequireOutside(picture, isPicture: true)).Message.ShouldContain("is in the image folder");
        Should.Throw<ConfigurationException>(() => source.RequireOutside(folder.At("data") + "/")).Message.ShouldContain("is the folder of the images.");
        foreach (string array in (string[])["train.npy", "test.npy"]) // the folder would be a data set of arrays
            Should.Throw<ConfigurationException>(() => source.RequireOutside(folder.At("data", array))).Message.ShouldEndWith("would read it as the images. Choose a file outside it.");
        source.RequireOutside(folder.At("data", "h.npy"));
        source.RequireOutside(folder.At("data", "runs", "mine")); // recognised by its files, and skipped
        source.RequireOutside(folder.At("data-sheet.png"), isPicture: true);
        source.RequireOutside(folder.At("sheet.png"), isPicture: true);
        source.RequireOutside(null, isPicture: true);
    }

    [Fact]
    public void A_path_is_stored_as_absolute_and_a_name_unchanged()
    {
        ImageSource.AbsoluteName("my/photos").ShouldBe(Path.Combine(Environment.CurrentDirectory, "my", "photos"));
        ImageSource.AbsoluteName("photos").ShouldBe(Path.Combine(Environment.CurrentDirectory, "photos"));
        ImageSource.AbsoluteName("/data/../photos").ShouldBe(Path.GetFullPath("/photos"));
        ImageSource.AbsoluteName("builtin").ShouldBe("builtin");
        ImageSource.AbsoluteName("cifar10").ShouldBe("cifar10");
    }

    [Fact]
    public async Task A_list_of_labelled_images_can_name_images_with_line_breaks()
    {
        Needs.Linux("line breaks in names");
        var data = (await Source("a/two\nlines.png", "b/2.png", "b/3.png")).ForPretraining(null, 0);
        LabelledImages.Write(folder.At("labels.txt"), new SubsetDataset(data, [0, 2]));
        File.ReadAllLines(folder.At("labels.txt")).Length.ShouldBe(2);
        Names(LabelledImages.Take(data, folder.At("labels.txt"), 0)).ShouldBe(["two\nlines.png", "3.png"]);
    }
}
