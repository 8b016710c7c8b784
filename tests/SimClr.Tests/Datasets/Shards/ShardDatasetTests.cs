using System.Formats.Tar;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed partial class ShardDatasetTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    private static IImageDataset Open(string path, DatasetPart part = DatasetPart.Train) => ImageDatasets.Open(path, part);

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Records_are_neighbours_with_the_same_name_up_to_the_first_point(TarEntryFormat format)
    {
        string longName = format == TarEntryFormat.Ustar ? "a/b/c" : string.Concat(Enumerable.Repeat("folder/", 40)) + "é";
        temp.Write("x.tar", Tars.Of(format,
            ("./000.cls", "1"u8.ToArray()), ("./000.jpg", Tars.Jpeg(10)), ("./000.json", "{}"u8.ToArray()),
            ("v1.2/001.jpeg", Tars.Jpeg(60)), ("v1.2/001.seg.png", [1, 2]), ("v1.2/001.cls", " 0\n"u8.ToArray()), ("v1.2/001.txt", "a cat"u8.ToArray()),
            ("._002.jpg", [0]), ("002", [0]), ("note.txt", [0]),
            (longName + ".PNG", Tars.Jpeg(110)), (longName + ".jpg", Tars.Jpeg(200)), (longName + ".cls", "0"u8.ToArray())));

        foreach (int opened in (int[])[1, 2]) // with a new index, and then with the existing one
        {
            var data = Open(temp.Root);
            data.Count.ShouldBe(3);
            data.Classes.ShouldBe(["0", "1"]);
            Enumerable.Range(0, 3).Select(data.Label).ShouldBe([1, 0, 0]);
            Enumerable.Range(0, 3).Select(i => (double)data.Read(i).Pixels.Span[0]).Select(shade => Math.Round(shade / 50)).ShouldBe([0, 1, 2], $"opened {opened} times");
            data.Describe(0).ShouldStartWith($"{temp.At("x.tar")}, ./000.jpg at offset ");
            data.Describe(2).ShouldContain(longName + ".PNG at offset ");
            ((IEncodedImages)data).FileName(1).ShouldBe("001.jpeg");
            ((IEncodedImages)data).ReadEncoded(1).ShouldBe(Tars.Jpeg(60));
            File.Exists(temp.At("x.simclr-index")).ShouldBeTrue();
        }
        Open(temp.At("x.tar")).Count.ShouldBe(3);
    }

    [Fact]
    public void Tars_by_GNU_tar_and_by_Python_are_read()
    {
        temp.Write("in/a.jpg", Tars.Jpeg(10));
        temp.Write("in/a.cls", "3"u8.ToArray());
        temp.Write("in/b.jpg", Tars.Jpeg(60));
        Shell("tar", "--sort=name", "-cf", temp.At("gnu.tar"), "-C", temp.Root, "in");
        Shell("python3", "-c", $"import tarfile; t = tarfile.open('{temp.At("python.tar")}', 'w'); t.add('{temp.At("in")}', 'in'); t.close()");
        foreach (string tar in (string[])["gnu.tar", "python.tar"])
        {
            var data = ImageDatasets.Open(temp.At(tar), DatasetPart.Pretraining);
            int labelled = data.Label(0) >= 0 ? 0 : 1;
            (data.Count, data.Label(labelled), data.Label(1 - labelled), data.Classes.Count).ShouldBe((2, 3, -1, 4));
            data.Read(0).Width.ShouldBe(12);
            Open(temp.At(tar)).Count.ShouldBe(1); // only labelled images
        }
    }

    [Fact]
    public void Parts_and_class_names_are_found()
    {
        byte[] Labelled(params int[] labels) => Tars.Of(TarEntryFormat.Ustar, [.. labels.Index().SelectMany(label => ((string, byte[])[])[($"{label.Index}.jpg", Tars.Jpeg(9)), ($"{label.Index}.cls", [(byte)('0' + label.Item)])])]);
        temp.Write("train/0.tar", Labelled(0, 1));
        temp.Write("train/1.tar", Labelled(2));
        temp.Write("train/empty.tar", Tars.Of(TarEntryFormat.Ustar));
        temp.Write("train/2.tar", Labelled(1));
        temp.Write("val/0.tar", Labelled(2));
        ImageDatasets.HasTest(temp.Root).ShouldBeTrue();
        var (train, test) = (Open(temp.Root), Open(temp.Root, DatasetPart.Test));
        Enumerable.Range(0, 4).Select(train.Label).ShouldBe([0, 1, 2, 1]);
        (test.Count, test.Label(0)).ShouldBe((1, 2));
        train.Classes.ShouldBe(["0", "1", "2"]);

        temp.Write("classnames.txt", "cat\ndog\n bird \n"u8.ToArray());
        Open(temp.Root).Classes.ShouldBe(["cat", "dog", "bird"]);
        Open(temp.At("train")).Classes.ShouldBe(["cat", "dog", "bird"]);
        temp.Write("classnames.txt", "cat\ndog\n"u8.ToArray());
        Should.Throw<InvalidDataException>(() => Open(temp.Root, DatasetPart.Test)).Message.ShouldContain("has the label 2; there are 2 classes");
    }

    [Fact]
    public void A_folder_that_is_not_a_data_set_is_refused_with_a_remedy()
    {
        byte[] tar = Tars.Of(TarEntryFormat.Ustar, ("0.jpg", Tars.Jpeg(1)));
        Refused("imagenet-train-0.tar", tar, "imagenet-val-0.tar", tar, "put them into folders train and test");
        Refused("0.tar", tar, "a.jpg", Tars.Jpeg(1), "holds tars and image files");
        Refused("0.tar.gz", [0x1f, 0x8b], "notes.txt", [], "compressed tars (0.tar.gz)");

        void Refused(string one, byte[] first, string two, byte[] second, string sentence)
        {
            using var folder = new TempFolder();
            folder.Write(one, first);
            folder.Write(two, second);
            var message = Should.Throw<InvalidDataException>(() => Open(folder.Root)).Message;
            message.ShouldContain(sentence);
            message.ShouldStartWith(folder.Root);
        }
    }

    private static void Shell(string program, params string[] arguments)
    {
        Needs.Linux(program);
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        process.ExitCode.ShouldBe(0);
    }
}
