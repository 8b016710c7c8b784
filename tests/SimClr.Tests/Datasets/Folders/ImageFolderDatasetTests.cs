using SimClr.Datasets;
using SkiaSharp;

namespace SimClr.Tests.Datasets;

public sealed partial class ImageFolderDatasetTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Fact]
    public void A_flat_folder_has_no_labels_and_is_in_ordinal_order()
    {
        Touch("b.jpg", "a.png", "B.webp", "a10.bmp", "a2.gif");
        var images = Open();
        Paths(images).ShouldBe(["B.webp", "a.png", "a10.bmp", "a2.gif", "b.jpg"]);
        (images.Name, images.Classes.Count, images.Label(0)).ShouldBe((Path.GetFileName(temp.Root), 0, -1));
    }

    [Fact]
    public void Only_image_files_are_taken_by_extension_in_any_case_and_hidden_ones_are_not()
    {
        Touch("a.JPG", "b.Jpeg", "c.txt", "d.tga", ".e.jpg", ".hidden/f.jpg", "g", "jpg", "h.ico", "i.wbmp");
        Paths(Open()).ShouldBe(["a.JPG", "b.Jpeg", "h.ico", "i.wbmp"]);
    }

    [Fact]
    public void One_folder_per_class_gives_labels_in_ordinal_order_at_any_depth()
    {
        Touch("dog/1.jpg", "cat/2.jpg", "cat/deep/er/3.jpg", "Zebra/4.jpg", "empty/readme.txt");
        var images = Open();
        images.Classes.ShouldBe(["Zebra", "cat", "dog"]);
        Paths(images).ShouldBe(["Zebra/4.jpg", "cat/2.jpg", "cat/deep/er/3.jpg", "dog/1.jpg"]);
        Enumerable.Range(0, 4).Select(images.Label).ShouldBe([0, 1, 1, 2]);
    }

    [Fact]
    public void A_single_class_folder_means_no_labels()
    {
        Touch("holiday/1.jpg", "holiday/beach/2.jpg");
        var images = Open();
        (images.Count, images.Classes.Count, images.Label(1)).ShouldBe((2, 0, -1));
    }

    [Fact]
    public void An_image_beside_the_class_folders_has_no_label_and_the_others_keep_theirs()
    {
        Touch("a/1.jpg", "b/2.jpg", "astray.jpg");
        var images = Open();
        images.Classes.ShouldBe(["a", "b"]);
        Paths(images).ShouldBe(["a/1.jpg", "astray.jpg", "b/2.jpg"]);
        Enumerable.Range(0, 3).Select(images.Label).ShouldBe([0, -1, 1]);
        var said = images.Omissions.ShouldHaveSingleItem();
        (said.What, said.Count, said.Example, said.IsExpected, said.StopsEvaluation).ShouldBe(("label", 1, temp.Named("astray.jpg"), false, false));
    }

    [Fact]
    public void Links_are_followed_and_loops_of_links_end()
    {
        Needs.Links();
        using var elsewhere = new TempFolder();
        elsewhere.Write("1.jpg");
        Touch("a/2.jpg");
        Directory.CreateSymbolicLink(temp.At("b"), elsewhere.Root);
        Directory.CreateSymbolicLink(temp.At("a", "up"), temp.Root);
        Directory.CreateSymbolicLink(Path.Combine(elsewhere.Root, "back"), temp.At("a"));
        File.CreateSymbolicLink(temp.At("a", "self"), temp.At("a", "self"));

        Paths(Open()).ShouldBe(["a/2.jpg", "b/1.jpg"]);

        // Also if the root itself is reached through a link.
        var entrance = Path.Combine(elsewhere.Root, "entrance");
        Directory.CreateSymbolicLink(entrance, temp.Root);
        ImageFolderDataset.Open(Path.Combine(entrance, "a"), DatasetPart.Train).Count.ShouldBe(2);
    }

    [Fact]
    public void Images_are_decoded_on_demand_and_damage_names_the_file()
    {
        temp.Write("good.png", TinyImages.Encode(4, 3, SKEncodedImageFormat.Png, (_, _) => SKColors.Red));
        Touch("bad.png");
        var images = Open();
        images.Read(1).Checked().Pixels.ToArray()[..3].ShouldBe([255, 0, 0]);
        Should.Throw<InvalidDataException>(() => images.Read(0)).Message.ShouldBe($"{temp.Named("bad.png")}: the file is empty.");
    }

    [Fact]
    public void Caltech_101_has_its_published_parts()
    {
        using var unpacked = new TempFolder();
        SharedData.Unpack("caltech101-128.tar", unpacked.Root);
        var train = ImageDatasets.Open(unpacked.At("caltech101-128"), DatasetPart.Train);
        var test = ImageDatasets.Open(unpacked.At("caltech101-128"), DatasetPart.Test);
        (train.Count, test.Count, train.Classes.Count).ShouldBe((4054, 1907, 100));
        test.Classes.ShouldBe(train.Classes);
        test.Classes[test.Label(0)].ShouldBe("Faces");
        test.Classes[test.Label(1906)].ShouldBe("yin_yang");
        Math.Min(train.Read(7).Width, train.Read(7).Height).ShouldBe(128);
    }

    private void Touch(params string[] files) => Array.ForEach(files, file => temp.Write(file));

    private ImageFolderDataset Open(DatasetPart part = DatasetPart.Train) => ImageFolderDataset.Open(temp.Root, part);

    private List<string> Paths(ImageFolderDataset images) =>
        [.. Enumerable.Range(0, images.Count).Select(i => TestFolder.Relative(temp.Root, images.Describe(i)))];
}
