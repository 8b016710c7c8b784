using System.Text;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class ListedImagesTests : IDisposable
{
    private readonly TempFolder temp = new();

    public ListedImagesTests()
    {
        temp.WriteImages("photos/b.png", "photos/a 1.png", "#1.dat", "ü/c.png");
    }

    public void Dispose() => temp.Dispose();

    private string List(string text) => "@" + temp.Write("list.txt", Encoding.UTF8.GetBytes(text));

    private static string Refusal(string list) => Should.Throw<InvalidDataException>(() => ImageDatasets.Open(list, DatasetPart.Train)).Message;

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void A_line_is_a_path_a_class_and_a_group(string end)
    {
        string list = List($"\uFEFFphotos/b.png\tdog\tP1{end}{end}#1.dat\t\tP2{end}photos/a 1.png\tcat{end}{temp.At("ü/c.png")}\tdog\tP1");
        var data = ImageDatasets.Open(list, DatasetPart.Pretraining);
        string[] paths = [.. Enumerable.Range(0, 4).Select(data.Describe)];
        paths.ShouldBe([temp.Named("#1.dat"), temp.Named("photos/a 1.png"), temp.Named("photos/b.png"), temp.Named("ü/c.png")]);
        data.Classes.ShouldBe(["cat", "dog"]);
        Enumerable.Range(0, 4).Select(data.Label).ShouldBe([-1, 0, 1, 1]);
        Enumerable.Range(0, 4).Select(data.Group).ShouldBe(["P2", null, "P1", "P1"]);
        (data.Name, data.Read(0).Width, ImageDatasets.HasTest(list)).ShouldBe(("list.txt", 8, false));
        ((IEncodedImages)data).ReadEncoded(3).ShouldBe(TinyImages.Any);
    }

    [Theory]
    [InlineData("photos/b.png\nphotos/none.png\tcat\n", "list.txt, line 2: {root}/photos/none.png does not exist.")]
    [InlineData("photos/b.png\n\nphotos/../photos/b.png", "list.txt, line 3: {root}/photos/b.png is on line 1 too.")]
    [InlineData("photos\n", "list.txt, line 1: {root}/photos is a folder; a line names one file.")]
    [InlineData("photos/b.png\tcat\tP1\t7\n", "list.txt, line 1: it has 4 fields; a line has a path, a class and a group, with tabs between.")]
    [InlineData("photos/b.png\t cat\n", "list.txt, line 1: ' cat' begins or ends with a space.")]
    [InlineData("photos/b.png\tc\u0007t\n", "list.txt, line 1: it has control characters.")]
    [InlineData("\tcat\n", "list.txt, line 1: it names no file.")]
    [InlineData("\n\n", "list.txt names no image: it has only empty lines.")]
    public void A_wrong_line_is_one_sentence_with_its_number(string text, string message) =>
        Refusal(List(text)).ShouldBe(temp.At(message.Replace("{root}", temp.Named())));

    [Fact]
    public void A_name_that_no_file_can_have_is_refused_at_once()
    {
        string name = new('n', 300);
        Refusal(List($"photos/b.png\nphotos/{name}")).ShouldBe($"{temp.At("list.txt")}, line 2: {temp.Named("photos", name)} does not exist.");
    }

    [Fact]
    public void Another_kind_of_file_or_none_is_refused()
    {
        Refusal("@" + temp.Write("list.txt", [0xff, 0xfe, 0xff, 0x80, 0xc3])).ShouldContain("list.txt");
        Refusal("@" + temp.At("photos/b.png")).ShouldBe($"{temp.At("photos/b.png")} is not UTF-8: a list of images is a text file.");
        Should.Throw<FileNotFoundException>(() => ImageDatasets.Open("@" + temp.At("none.txt"), DatasetPart.Train)).Message.ShouldBe($"The list {temp.At("none.txt")} does not exist.");
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(List("#1.dat"), DatasetPart.Test)).Message.ShouldEndWith(" has no test part: a list is a training part.");
    }

    [Fact]
    public async Task Names_are_relative_to_the_folder_of_the_list()
    {
        var source = await ImageSource.FindAsync(List("photos/b.png\tdog\nphotos/a 1.png\tcat"), cancellationToken: TestContext.Current.CancellationToken);
        source.Names.ShouldBe(["@" + temp.At("list.txt")]);
        var list = source.List(ImagePart.All);
        Enumerable.Range(0, 2).Select(list.FileOf).ShouldBe(["photos/a 1.png", "photos/b.png"]);
    }
}
