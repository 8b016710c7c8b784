using System.Text;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class GroupColumnTests : IDisposable
{
    private static readonly NamedImages Images = new(["/data/a/1.png", "/data/a/2, left.png", "/data/b/1.png", "/data/b/ü.png"]);

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private GroupColumn List(string text, string column = "patient") => new(folder.Write("list.csv", Encoding.UTF8.GetBytes(text)), column);

    private static int[] Of(ImageGroups groups) => [.. Enumerable.Range(0, Images.Count).Select(groups.Of)];

    [Theory]
    [InlineData("scans.csv:patient", "scans.csv", "patient")]
    [InlineData("C:/x:y/scans.CSV:eye", "C:/x:y/scans.CSV", "eye")]
    [InlineData("scans.csv", null, null)]
    [InlineData("scans.csv:", null, null)]
    [InlineData(":patient", null, null)]
    [InlineData("scans.tsv:patient", "scans.tsv", "patient")]
    [InlineData("scans.txt:patient", null, null)]
    [InlineData("folder", null, null)]
    public void It_is_a_file_and_a_column(string text, string? file, string? column) =>
        GroupColumn.Parse(text).ShouldBe(file is null ? null : new GroupColumn(file, column!));

    [Theory]
    [InlineData("image,age,patient\na/1.png,40,P1\n\"a/2, left.png\",41,P2\nb/1.png,40,P1\nb/ü.png,7,P2\n")]
    [InlineData("\uFEFFimage,age,patient\r\n/data/a/1.png,40,P1\r\n\"2, left.png\",41,\"P2\"\r\n\r\n/data/b/1.png,40,P1\r\nü.png,\"a \"\"b\"\"\r\nc\",P2")]
    [InlineData("image;age;patient\r\na/1.png;40,5;P1\r\n\"a/2, left.png\";41;P2\r\nb/1.png;40;\"P1\"\r\nb/ü.png;7;P2\r\n")]
    [InlineData("\n\nimage\tpatient\na/1.png\tP1\na/2, left.png\tP2\nb/1.png\tP1\nb/ü.png\tP2")]
    [InlineData("image,a;b,patient\na/1.png,1;2,P1\n\"a/2, left.png\",;,P2\nb/1.png,,P1\nb/ü.png,\t,P2")]
    [InlineData("patient, file\nP1, a/1.png\nP2,\"a/2, left.png\"\nP1,b/1.png\nP2,b/ü.png")] // the file column may have any position
    public void A_list_names_images_by_their_paths_or_path_ends(string text)
    {
        var messages = new RecordedMessages();
        Of(List(text).Read(Images, messages)).ShouldBe([0, 1, 0, 1]);
        messages.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void A_name_may_lack_its_extension_and_a_whole_name_comes_first()
    {
        var images = new NamedImages(["/data/a/1.png", "/data/a/1.png.jpg", "/data/b/2.png", "/data/c/2.jpg"]);
        var list = List("image,patient\n1.png,P1\na/1.png,P1\nb/2,P2\n/data/c/2,P1\n");
        var groups = list.Read(images, IMessages.None);
        Enumerable.Range(0, 4).Select(groups.Of).ShouldBe([0, 1, 2, 0]);
        Should.Throw<InvalidDataException>(() => List("image,patient\n2,P1\n").Read(images, IMessages.None)).Message.ShouldEndWith("line 2: named has several images 2; write more of the path.");
    }

    [Fact]
    public void A_missing_list_is_reported() =>
        Should.Throw<FileNotFoundException>(() => new GroupColumn("/nowhere/list.csv", "patient").Read(new NamedImages(["a.png"]), IMessages.None))
            .Message.ShouldBe("/nowhere/list.csv does not exist; a list of groups and its column are FILE.csv:COLUMN.");

    [Fact]
    public void Images_missing_in_the_list_are_counted()
    {
        var messages = new RecordedMessages();
        var list = List("image,patient\na/1.png,P1\nc/9.png,P1\nb/1.png,\nb/ü.png,P1\nc/8.png,P3\n");
        Of(list.Read(Images, messages)).ShouldBe([0, 1, 2, 0]);
        messages.Lines.ShouldBe([
            $"! {list.File} names 2 images that named does not have, the first on line 3; they are ignored.",
            $"2 of 4 images of named have no patient in {list.File}, the first /data/a/2, left.png: each is its own group.",
        ]);
    }

    [Theory]
    [InlineData("", "is empty: its first line must name its columns.")]
    [InlineData("image,patient\n", "names no image: it has only a header.")]
    [InlineData("image,age,patients\na/1.png,4,P1\n", "has no column patient; it has image, age, patients; did you mean patients?")]
    [InlineData("patient\na/1.png\n", " has no column beside patient that could name the images.")]
    [InlineData("image,patient\na/1.png,\uFFFD\n", ", line 2: it is not UTF-8; a spreadsheet calls this format CSV UTF-8.")]
    [InlineData("image,patient\na/1.png,P1\n1.png,P1\n", ", line 3: named has several images 1.png; write more of the path.")]
    [InlineData("image,patient\na/1.png,P1\nb/1.png,P2\n/data/a/1.png,P2\n", ", line 4: /data/a/1.png is in the group 'P2', and in 'P1' on line 2; an image is in one group.")]
    [InlineData("image,patient\na/1.png,P1,x\n", ", line 2: it has 3 fields, and the header 2.")]
    [InlineData("image,patient\nz.png,P1\n", "names no image of named: its first name is z.png, and the first image /data/a/1.png.")]
    [InlineData("image,patient\n\"a/1.png,P1\n\n", ", line 2: a quote is opened and not closed; it is no table of comma-separated values.")]
    [InlineData("image,patient\n\"a/1.png\"x,P1\n", ", line 2: something follows a closed quote; it is no table of comma-separated values.")]
    public void A_list_that_cannot_be_used_is_refused_in_one_sentence(string text, string message)
    {
        var list = List(text);
        string said = Should.Throw<InvalidDataException>(() => list.Read(Images, IMessages.None)).Message;
        said.ShouldStartWith(list.File);
        said.ShouldEndWith(message);
    }

    [Fact]
    public void An_unclosed_quote_does_not_load_a_whole_file_into_memory() =>
        Should.Throw<InvalidDataException>(() => List("image,patient\n\"" + new string('x', (1 << 20) + 1)).Read(Images, IMessages.None)).Message.ShouldContain("longer than 1048576 characters");

    [Fact]
    public void An_image_may_be_named_twice_in_one_group() =>
        Of(List("image,patient\na/1.png,P1\n/data/a/1.png,P1\nb/1.png,P1\n").Read(Images, IMessages.None)).ShouldBe([0, 1, 0, 2]);
}
