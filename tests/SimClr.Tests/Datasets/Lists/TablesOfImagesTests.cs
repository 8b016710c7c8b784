using System.Text;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class TablesOfImagesTests : IDisposable
{
    private readonly TempFolder temp = new();

    public TablesOfImagesTests()
    {
        temp.WriteImages("train/ISIC_1.png", "train/ISIC_2.png", "train/b/ISIC_3.png", "other/ISIC_2.png", "raw.dat");
    }

    public void Dispose() => temp.Dispose();

    private string Table(string text, string column = "class", string file = "list.csv") => $"@{temp.Write(file, Encoding.UTF8.GetBytes(text))}:{column}";

    private static string Refusal(string list) => Should.Throw<InvalidDataException>(() => ImageDatasets.Open(list, DatasetPart.Train)).Message;

    [Theory]
    [InlineData("id,class\ntrain/ISIC_1.png,mole\ntrain/ISIC_2.png,ant\ntrain/b/ISIC_3.png,\nraw.dat,mole\n")] // paths from the folder of the table
    [InlineData("id,class\nISIC_1,mole\ntrain/ISIC_2,ant\nISIC_3.png,\nraw.dat,mole\n")] // ends of paths, with and without the extension
    [InlineData("class;file\r\nmole;ISIC_1\r\nant;train/ISIC_2.png\r\n;b/ISIC_3\r\n mole ; raw.dat \r\n")]
    [InlineData("class,age,file\nmole,1,ISIC_1\nant,2,train/ISIC_2\n,3,ISIC_3\nmole,4,raw.dat")]
    [InlineData("class,image\nmole,ISIC_1\nant,train/ISIC_2\n,ISIC_3\nmole,raw.dat")] // the first one that is not asked for
    [InlineData("id\tclass\tage\nISIC_3\t\t4\nraw.dat\tmole\t\ntrain/ISIC_2\tant\t5\nISIC_1\tmole\t7\nISIC_1\tmole\t8")] // in any order; the same twice
    public void A_row_names_an_image_and_its_class(string text)
    {
        string list = Table(text);
        var data = ImageDatasets.Open(list, DatasetPart.Pretraining);
        Enumerable.Range(0, data.Count).Select(data.Describe).ShouldBe(
            [temp.Named("raw.dat"), temp.Named("train/ISIC_1.png"), temp.Named("train/ISIC_2.png"), temp.Named("train/b/ISIC_3.png")]);
        data.Classes.ShouldBe(["ant", "mole"]);
        Enumerable.Range(0, data.Count).Select(data.Label).ShouldBe([1, 1, 0, -1]);
        (data.Name, data.Omissions.Count, data.Read(0).Width, ImageDatasets.HasTest(list)).ShouldBe(("list.csv", 0, 8, false));
        ((IEncodedImages)data).ReadEncoded(3).ShouldBe(TinyImages.Any);
    }

    [Fact]
    public void Another_column_names_groups()
    {
        var data = ImageDatasets.Open(Table("id,patient,class\nISIC_1,P1,mole\nISIC_3,,ant\nraw.dat,P1,mole\nraw.dat,P1,mole\n", "class,patient"), DatasetPart.Pretraining);
        Enumerable.Range(0, 3).Select(data.Group).ShouldBe(["P1", "P1", null]);
        Enumerable.Range(0, 3).Select(data.Label).ShouldBe([1, 1, 0]);
        ImageDatasets.Open(Table("id,class\nISIC_1,mole\n"), DatasetPart.Train).Group(0).ShouldBeNull();
        Refusal(Table("id,patient,class\nISIC_1,P1,mole\n", "class, person")).ShouldEndWith(" has no column person; it has id, patient, class.");
        Refusal(Table("id,patient,class\nISIC_1,P1,mole\nISIC_1,P2,mole\n", "class,patient")).ShouldEndWith("line 3: ISIC_1 has the group 'P2', and on line 2 'P1'; an image has one group.");
    }

    [Fact]
    public void A_row_whose_image_is_not_there_is_counted_with_its_line()
    {
        var data = ImageDatasets.Open(Table("id,class\nISIC_1,mole\n\nISIC_9,ant\n,ant\n"), DatasetPart.Train);
        data.Count.ShouldBe(1);
        data.Omissions.Single().ToString().ShouldBe($"2 × row not used: no image below {temp.Root} has its name (for example line 4, 'ISIC_9').");
    }

    [Theory]
    [InlineData("id,class\nISIC_1,mole\nISIC_2,mole\n", ", line 3: several images below {root} are ISIC_2; write more of the path, or put the table into the folder that is meant.")]
    [InlineData("id,class\nISIC_1,mole\n\ntrain/ISIC_1.png,ant\n", ", line 4: train/ISIC_1.png has the class 'ant', and on line 2 'mole'; an image has one class.")]
    [InlineData("id,class\nISIC_7,mole\n", " names no image below {root}: its first name is 'ISIC_7'.")]
    [InlineData("id,class\nISIC_1,\"mo\nle\"\n", ", line 2: it has control characters.")]
    [InlineData("id,class\n\"ISIC\u0000_1\",mole\n", ", line 2: it has control characters.")]
    [InlineData("id,kind\nISIC_1,mole\n", " has no column class; it has id, kind.")]
    [InlineData("id,class,class\nISIC_1,mole,nevus\n", " has two columns class: rename one.")]
    [InlineData("class\nISIC_1\n", " has no column beside class that could name the images.")]
    [InlineData("id,class\n", " names no image: it has only a header.")]
    [InlineData("id,class\nISIC_1,M\uFFFDnchen\n", ", line 2: it is not UTF-8; a spreadsheet calls this format CSV UTF-8.")]
    public void A_table_that_cannot_be_used_is_refused_in_one_sentence(string text, string message) =>
        Refusal(Table(text)).ShouldBe(temp.At("list.csv") + message.Replace("{root}", temp.Root));

    [Fact]
    public void Bytes_of_another_encoding_are_refused_and_not_replaced() =>
        Refusal($"@{temp.Write("list.csv", Encoding.Latin1.GetBytes("id,class\nISIC_1,München\n"))}:class").ShouldContain("line 2: it is not UTF-8");

    [Fact]
    public void A_list_that_is_a_table_says_how_to_name_its_column()
    {
        string table = Table("id,class\nISIC_1,mole\n")[1..^":class".Length];
        Refusal("@" + table).ShouldBe($"{table}, line 1: {temp.Named("id,class")} does not exist; for a table, name the column with the classes, as in @{table}:class.");
        Should.Throw<FileNotFoundException>(() => ImageDatasets.Open($"@{temp.At("none.csv")}:class", DatasetPart.Train)).Message.ShouldBe($"The list {temp.At("none.csv")} does not exist.");
    }

    [Fact]
    public async Task What_is_left_out_is_said_once_whatever_is_made_of_the_source()
    {
        var messages = new RecordedMessages();
        var source = await ImageSource.FindAsync(Table("id,class\nISIC_1,mole\ntrain/ISIC_2,mole\nISIC_9,ant\n"), messages: messages, cancellationToken: TestContext.Current.CancellationToken);
        source.ForPretraining(null, 0).Count.ShouldBe(2);
        source.WithGroups(ImageGroups.ByFolder).ForPretraining(null, 0).Count.ShouldBe(2);
        messages.Lines.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_run_finds_the_table_again_from_any_folder()
    {
        string list = Table("id,a/b\nISIC_1,mole\ntrain/ISIC_2,ant", "a/b", "tables.tsv");
        var source = await ImageSource.FindAsync(list, cancellationToken: TestContext.Current.CancellationToken);
        source.Names.ShouldBe([$"@{temp.At("tables.tsv")}:a/b"]);
        var again = (await ImageSource.FindAsync(source.Names[0], cancellationToken: TestContext.Current.CancellationToken)).List(ImagePart.All);
        Enumerable.Range(0, again.Count).Select(i => (again.FileOf(i), again.ClassOf(i))).ShouldBe([("train/ISIC_1.png", "mole"), ("train/ISIC_2.png", "ant")]);
    }
}
