using System.Formats.Tar;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class TarFoldersTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    private string Tar(string name, params string[] files) =>
        temp.Write(name, Tars.Of(TarEntryFormat.Pax, [.. files.Select((file, i) => (file, file.EndsWith(".cls", StringComparison.Ordinal) ? "1"u8.ToArray() : Tars.Jpeg((byte)i)))]));

    private static string?[] ClassesOf(IImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(i => data.Label(i) is >= 0 and var label ? data.Classes[label] : null)];

    [Theory]
    [InlineData("cat/1.jpg cat/2.jpg dog/3.jpg", "cat cat dog")]
    [InlineData("./photos/dog/b/1.jpg ./photos/cat/2.jpg ./photos/3.jpg", "dog cat -")]
    [InlineData("photos/dog/1.jpg photos/dog/2.jpg", "- -")] // one class is none
    [InlineData("1.jpg 2.jpg", "- -")]
    [InlineData("cat/1.jpg dog/2.jpg dog/2.cls", "- 1")] // labels come before folders
    [InlineData("a/train/1.jpg a/b/2.jpg", "train b")] // train alone is a class
    public void Folders_in_a_tar_give_classes_as_the_unpacked_folder_of_all_images_does(string files, string classes)
    {
        string tar = Tar("x.tar", files.Split(' '));
        foreach (int _ in (int[])[1, 2]) // with a new index, and with the existing one
        {
            var data = ImageDatasets.Open(tar, DatasetPart.Pretraining);
            ClassesOf(data).ShouldBe(classes.Split(' ').Select(name => name == "-" ? null : name));
            if (!files.Contains(".cls", StringComparison.Ordinal)) Unpacked(tar, DatasetPart.Train, files.Contains("photos/", StringComparison.Ordinal) ? "photos" : files.StartsWith("a/", StringComparison.Ordinal) ? "a" : "").ShouldBe(Sorted(data));
        }
        Directory.CreateDirectory(temp.At("y.simclr-index")); // the index stays in memory
        ClassesOf(ImageDatasets.Open(Tar("y.tar", files.Split(' ')), DatasetPart.Pretraining)).ShouldBe(classes.Split(' ').Select(name => name == "-" ? null : name));
    }

    // The truth: the same files in a folder. Each has its own bytes.
    private string[] Unpacked(string tar, DatasetPart part, string below = "")
    {
        string folder = temp.At("unpacked");
        Directory.CreateDirectory(folder);
        TarFile.ExtractToDirectory(tar, folder, overwriteFiles: true);
        return Sorted(ImageDatasets.Open(Path.Combine(folder, below), part));
    }

    private static string[] Sorted(IImageDataset data) =>
        [.. Enumerable.Range(0, data.Count).Select(i => $"{Convert.ToHexString(((IEncodedImages)data).ReadEncoded(i))} {ClassesOf(data)[i]}").Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("set/train/cat/1.jpg set/train/dog/2.jpg set/val/dog/3.jpg set/unlabeled/4.jpg set/train/5.jpg")]
    [InlineData("train2017/cat/1.jpg train2017/dog/2.jpg val2017/dog/3.jpg val2017/cat/4.jpg")]
    [InlineData("train/cat/1.jpg train/dog/2.jpg test/x/3.jpg val/cat/4.jpg")]
    [InlineData("train/cat/1.jpg train/dog/2.jpg unlabeled/3.jpg", false)]
    [InlineData("set/train/cat/1.jpg set/train/dog/2.jpg set/unlabeled/new/3.jpg", false)]
    public void Parts_in_a_tar_are_those_of_the_unpacked_folder(string files, bool hasTest = true)
    {
        string tar = Tar("x.tar", files.Split(' '));
        ImageDatasets.HasTest(tar).ShouldBe(hasTest);
        foreach (var part in Enum.GetValues<DatasetPart>().Where(part => hasTest || part != DatasetPart.Test)) Sorted(ImageDatasets.Open(tar, part)).ShouldBe(Unpacked(tar, part), part.ToString());
    }

    [Fact]
    public void A_class_that_training_lacks_stops_an_evaluation()
    {
        var test = ImageDatasets.Open(Tar("x.tar", "train/cat/1.jpg", "train/dog/2.jpg", "val/cat/3.jpg", "val/owl/4.jpg"), DatasetPart.Test);
        ClassesOf(test).ShouldBe(["cat", null]);
        test.Omissions.ShouldHaveSingleItem().ShouldSatisfyAllConditions(o => o.StopsEvaluation.ShouldBeTrue(), o => o.Reason.ShouldBe("the training part has no class owl"));
    }

    [Fact]
    public void Several_tars_share_their_classes()
    {
        Tar("shards/train/0.tar", "cat/1.jpg", "dog/2.jpg");
        Tar("shards/train/1.tar", "ant/1.jpg", "dog/3.jpg");
        Tar("shards/val/0.tar", "dog/9.jpg", "cat/8.jpg");
        ClassesOf(ImageDatasets.Open(temp.At("shards"), DatasetPart.Train)).ShouldBe(["cat", "dog", "ant", "dog"]);
        ClassesOf(ImageDatasets.Open(temp.At("shards"), DatasetPart.Test)).ShouldBe(["dog", "cat"]);
    }

    [Fact]
    public void A_test_part_may_have_images_of_one_class_alone()
    {
        Tar("shards/train/0.tar", "set/cat/1.jpg", "set/dog/2.jpg");
        Tar("shards/val/0.tar", "other/dog/8.jpg", "other/dog/9.jpg");
        ClassesOf(ImageDatasets.Open(temp.At("shards"), DatasetPart.Test)).ShouldBe(["dog", "dog"]);
    }

    [Fact]
    public void Tars_beside_a_folder_of_tars_of_a_part_are_refused()
    {
        Tar("shards/extra.tar", "cat/1.jpg");
        Tar("shards/train/0.tar", "cat/1.jpg", "dog/2.jpg");
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(temp.At("shards"), DatasetPart.Train)).Message
            .ShouldBe($"{temp.At("shards")} holds tars (extra.tar), and so does its folder train: name one of both, or move the others elsewhere.");
    }

    [Fact]
    public void Tars_whose_extensions_differ_in_case_have_an_index_each()
    {
        Needs.Linux("file names that differ in case alone");
        Tar("shards/a.tar", "cat/1.jpg", "dog/2.jpg");
        Tar("shards/a.TAR", "dog/3.jpg", "cat/4.jpg", "dog/5.jpg");
        foreach (int _ in (int[])[1, 2]) ClassesOf(ImageDatasets.Open(temp.At("shards"), DatasetPart.Train)).ShouldBe(["dog", "cat", "dog", "cat", "dog"]);
    }
}
