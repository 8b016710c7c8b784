using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

/// <summary>An image that two names lead to, through links to folders, is one image.</summary>
public sealed class LinkedImagesTests : IDisposable
{
    private readonly TempFolder temp = new();

    public LinkedImagesTests()
    {
        Needs.Links();
        temp.WriteImages("a/train/cat/1.png", "a/train/cat/2.png", "a/train/dog/3.png", "b/cat/4.png", "b/dog/5.png");
    }

    public void Dispose() => temp.Dispose();

    private void Link(string link, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(temp.At(link))!);
        Directory.CreateSymbolicLink(temp.At(link), temp.At(target));
    }

    private Task<ImageSource> Find(params string[] names) => ImageSource.FindAsync([.. names.Select(name => name[0] == '@' ? "@" + temp.At(name[1..]) : temp.At(name))]);

    [Theory]
    [InlineData("a/test", "a/train")]
    [InlineData("a/test/cat", "a/train/cat")]
    public async Task A_test_part_that_is_linked_to_training_images_is_refused(string link, string target)
    {
        Link(link, target);
        var source = await Find("a");
        Should.Throw<InvalidDataException>(() => source.ForEvaluation()).Message.ShouldBe($"{temp.At("a", "train", "cat", "1.png")} is a test image in a test and a training image in a train.");
    }

    [Fact]
    public async Task Test_images_from_elsewhere_are_no_links_to_training_images()
    {
        Link("c/cat", "b/cat");
        temp.Write("list.txt", "c/cat/4.png\tcat"u8.ToArray());
        foreach (string test in (string[])["c", "@list.txt"])
        {
            var source = (await Find("b")).WithTest(await Find(test));
            Should.Throw<InvalidDataException>(() => source.ForEvaluation()).Message.ShouldStartWith($"{temp.At("b", "cat", "4.png")} is a test image in ");
        }
        var both = await Find("b", "c");
        Should.Throw<InvalidDataException>(() => both.ForPretraining(null, 0)).Message.ShouldStartWith($"{temp.At("b", "cat", "4.png")} is an image of ");
    }

    [Fact]
    public async Task A_folder_gives_the_class_and_a_link_to_it_none()
    {
        temp.WriteImages("d/cat/tabby/1.png", "d/cat/2.png", "d/dog/3.png");
        Link("d/a_favourites", "d/cat/tabby");
        Link("d/aaa", "d/cat");
        var data = (await Find("d")).ForPretraining(null, 0);
        data.Classes.ShouldBe(["cat", "dog"]);
        Enumerable.Range(0, data.Count).Select(data.Label).ShouldBe([0, 0, 1]);
    }

    [Fact]
    public async Task No_picture_replaces_an_image_of_a_list_or_behind_a_link()
    {
        temp.Write("list.txt", "b/cat/4.png"u8.ToArray());
        Link("e/more", "b/dog");
        temp.WriteImages("e/6.png");
        void Refused(ImageSource source, string output) =>
            Should.Throw<ConfigurationException>(() => source.RequireOutside(temp.At(output), isPicture: true)).Message.ShouldEndWith("and would be replaced.");
        Refused(await Find("@list.txt"), "b/cat/4.png");
        Refused(await Find("e"), "b/dog/5.png");
        (await Find("@list.txt")).RequireOutside(temp.At("b/dog/5.png"), isPicture: true); // it is none of the list's images
        temp.Write("shards/x.tar", Tars.Of(System.Formats.Tar.TarEntryFormat.Pax, ("1.jpg", Tars.Jpeg(1))));
        Should.Throw<ConfigurationException>(() => Find("shards").Result.RequireOutside(temp.At("shards/sheet.png"), isPicture: true)).Message.ShouldContain("a folder of tars");
    }

    [Fact]
    public async Task A_pattern_that_names_training_images_alone_has_no_test_part()
    {
        temp.WriteImages("a/test/cat/7.png");
        var source = await Find("a/tr*/*/*.png");
        source.ForPretraining(null, 0).Count.ShouldBe(3);
        source.List(ImagePart.All).Count.ShouldBe(3);
    }
}
