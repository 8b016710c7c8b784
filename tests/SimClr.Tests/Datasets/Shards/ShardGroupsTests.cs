using System.Formats.Tar;
using System.Text;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class ShardGroupsTests : IDisposable
{
    private readonly TempFolder temp = new();

    public ShardGroupsTests()
    {
        foreach (string file in (string[])["a.png", "b.png", "c.png"]) temp.Write(file, TinyImages.Encode(32, 32, SkiaSharp.SKEncodedImageFormat.Png, (x, y) => new((byte)(7 * x), (byte)(7 * y), 0)));
    }

    public void Dispose() => temp.Dispose();

    private Task<IImageDataset> Packed(string list, PackOptions? options = null) =>
        Repacked($"@{temp.Write("list.txt", Encoding.UTF8.GetBytes(list))}", "out", options);

    private async Task<IImageDataset> Repacked(string data, string name, PackOptions? options = null)
    {
        new PackRun(await ImageSource.FindAsync(data), data, temp.At(name), options ?? new(), IMessages.None).Execute(resume: false, CancellationToken.None);
        return ImageDatasets.Open(temp.At(name), DatasetPart.Pretraining);
    }

    private Dictionary<string, string> Files()
    {
        using var tar = new TarReader(File.OpenRead(temp.At("out", "images-000000.tar")));
        var files = new Dictionary<string, string>();
        while (tar.GetNextEntry() is { } entry) files.Add(entry.Name, new StreamReader(entry.DataStream!).ReadToEnd());
        return files;
    }

    private static string?[] Groups(IImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(data.Group)];

    [Fact]
    public async Task Groups_are_packed_with_their_images()
    {
        var packed = await Packed("a.png\tcat\nb.png\tdog\tP \"1\" ü\nc.png\tcat\tP2");
        Groups(packed).ShouldBe([null, "P \"1\" ü", "P2"]);
        (packed.HasTiles, packed.Tile(1)).ShouldBe((false, null));
        Files()["000000000_a.json"].ShouldBe("""{"group":null}""");
        Groups(await Repacked(temp.At("out"), "again")).ShouldBe(Groups(packed));
    }

    [Fact]
    public async Task Tiles_have_the_group_of_their_picture()
    {
        var packed = await Packed("a.png\tcat\tP1\nb.png\tdog\tP1", new PackOptions { TileSide = 16 });
        Groups(packed).ShouldBe([.. Enumerable.Repeat("P1", 8)]);
        packed.Tile(5).ShouldBe(new ImageTile("b.png", 16, 0));
    }

    [Fact]
    public async Task Without_its_index_a_tar_says_the_same()
    {
        string longer = new('g', 600); // more than a block of the tar
        var packed = await Packed($"a.png\tcat\tP1\nb.png\t\t{longer}\nc.png\tcat", new PackOptions { TileSide = 16 });
        string?[] groups = Groups(packed);
        groups.ShouldBe([.. Enumerable.Repeat("P1", 4), .. Enumerable.Repeat(longer, 4), .. Enumerable.Repeat<string?>(null, 4)]);
        ImageTile?[] tiles = [.. Enumerable.Range(0, packed.Count).Select(packed.Tile)];
        foreach (string index in Directory.GetFiles(temp.At("out"), "*.simclr-index")) File.Delete(index);
        var again = ImageDatasets.Open(temp.At("out"), DatasetPart.Pretraining);
        Groups(again).ShouldBe([.. groups]);
        Enumerable.Range(0, again.Count).Select(again.Tile).ShouldBe(tiles);
    }

    [Fact]
    public async Task Without_groups_a_record_says_nothing_about_them()
    {
        Groups(await Packed("a.png\tcat\nb.png\tdog")).ShouldBe([null, null]);
        Files().Keys.ShouldBe(["000000000_a.png", "000000000_a.cls", "000000001_b.png", "000000001_b.cls"]);
    }

    [Theory]
    [InlineData("""{"group":"P1"}""", "P1")]
    [InlineData("""{"group":"train","url":"http://x"}""", null)] // of another program, which means something else
    [InlineData("""{"group":7}""", null)]
    [InlineData("""["group"]""", null)]
    [InlineData("""{"group":"P1""", null)]
    public void Only_a_text_of_our_own_form_is_a_group(string json, string? group)
    {
        temp.Write("x.tar", Tars.Of(TarEntryFormat.Ustar, ("a.png", File.ReadAllBytes(temp.At("a.png"))), ("a.json", Encoding.UTF8.GetBytes(json))));
        ImageDatasets.Open(temp.At("x.tar"), DatasetPart.Pretraining).Group(0).ShouldBe(group);
    }
}
