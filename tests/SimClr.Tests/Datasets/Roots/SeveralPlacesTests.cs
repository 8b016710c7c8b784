using System.Text;
using SimClr.Datasets;
using SimClr.RunFolders;

namespace SimClr.Tests.Datasets;

public sealed class SeveralPlacesTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    private Task<ImageSource> Find(params string[] names) => ImageSource.FindAsync([.. names.Select(name => name[0] == '@' ? "@" + temp.At(name[1..]) : temp.At(name))]);

    private async Task<string> Refusal(params string[] names) => (await Should.ThrowAsync<ConfigurationException>(() => Find(names))).Message;

    [Fact]
    public async Task Images_come_place_by_place_and_classes_are_united_by_name()
    {
        temp.WriteImages("b/dog/1.png", "b/ant/2.png", "a/dog/3.png", "a/cat/4.png", "a/5.png", "c/6.png");
        temp.Write("list.txt", "c/6.png\tcat"u8.ToArray());
        var list = (await Find("b", "a", "@list.txt")).List(ImagePart.Train);
        Enumerable.Range(0, list.Count).Select(list.FileOf).ShouldBe(["b/ant/2.png", "b/dog/1.png", "a/5.png", "a/cat/4.png", "a/dog/3.png", "c/6.png"]);
        list.Data.Classes.ShouldBe(["ant", "dog", "cat"]); // of b in order, then what a adds
        Enumerable.Range(0, list.Count).Select(list.ClassOf).ShouldBe(["ant", "dog", null, "cat", "dog", "cat"]);
        list.Data.Name.ShouldBe("b + a + list.txt");
    }

    [Fact]
    public async Task Each_place_has_its_own_parts_and_the_test_part_knows_the_classes_of_all()
    {
        temp.WriteImages("a/train/cat/1.png", "a/train/dog/2.png", "a/test/dog/3.png", "b/owl/4.png", "b/ant/5.png");
        var (train, test, cut) = (await Find("b", "a")).ForEvaluation();
        cut.ShouldBeFalse();
        (train.Count, test.Count).ShouldBe((4, 1));
        train.Classes.ShouldBe(["ant", "owl", "cat", "dog"]);
        test.Classes.ShouldBe(train.Classes);
        test.Label(0).ShouldBe(3);
    }

    [Fact]
    public async Task Encoded_images_stay_encoded_so_that_packing_keeps_their_bytes()
    {
        temp.WriteImages("a/1.png", "b/2.png");
        var images = (await Find("a", "b")).Parts(ImagePart.All)[0].Data;
        images.ShouldBeAssignableTo<IEncodedImages>()!.ReadEncoded(1).ShouldBe(TinyImages.Any);
        ((IEncodedImages)images).FileName(1).ShouldBe("2.png");
        (await ImageSource.FindAsync([temp.At("a"), "builtin"])).Parts(ImagePart.All)[0].Data.ShouldNotBeAssignableTo<IEncodedImages>();
    }

    [Fact]
    public async Task A_link_to_a_place_is_the_same_place()
    {
        Needs.Links();
        temp.WriteImages("a/1.png");
        Directory.CreateSymbolicLink(temp.At("link"), temp.At("a"));
        (await Refusal("a", "link")).ShouldBe($"--data names the same images twice: {temp.At("a")} and {temp.At("link")}.");
    }

    [Fact]
    public async Task Places_that_share_images_are_refused_in_one_sentence()
    {
        temp.WriteImages("a/x/1.png", "a/y/2.png", "b/3.png");
        (await Refusal("a", "b", "a")).ShouldBe($"--data names {temp.At("a")} twice.");
        (await Refusal("a/x", "a")).ShouldBe($"--data: {temp.At("a", "x")} is inside {temp.At("a")}, so its images would be used twice. Name one of them.");
        temp.Write("list.txt", "b/3.png\na/x/1.png"u8.ToArray());
        var source = await Find("a", "@list.txt");
        Should.Throw<InvalidDataException>(() => source.ForPretraining(null, 0)).Message
            .ShouldBe($"{temp.At("a", "x", "1.png")} is an image of {temp.At("a")} and of @{temp.At("list.txt")}, and would be used twice.");
        (await Find("a/x/*.png", "a/y/*.png")).ForPretraining(null, 0).Count.ShouldBe(2);
    }

    [Fact]
    public void Other_channels_are_refused()
    {
        var gray = new GrayDataset(new SyntheticImages(2));
        Should.Throw<InvalidDataException>(() => UnitedDataset.Of("both", [new SyntheticImages(2), gray])).Message.ShouldContain("3 channels and those of");
    }

    [Fact]
    public async Task A_single_place_keeps_names_order_and_fingerprint_and_its_text_in_run_json()
    {
        temp.WriteImages("a/dog/1.png", "a/cat/2.png");
        var one = (await Find("a")).ForPretraining(null, 0);
        DatasetFingerprint.OfNames(one).ShouldBe(DatasetFingerprint.OfNames(ImageDatasets.Open(temp.At("a"), DatasetPart.Pretraining)));
        var run = new RunFolder(temp.At("run"));
        run.Create(new SimClr.Pretraining.PretrainOptions().For(8), new RunSettings { Data = [temp.At("a")], DataName = "a" });
        File.ReadAllText(temp.At("run/run.json")).ShouldContain($"\"data\": \"{temp.At("a").Replace("\\", "\\\\")}\",");
        run.ReadSettings().WhereImagesAre().ShouldBe([temp.At("a")]);
    }

    [Theory]
    [InlineData("/home/me/photos")]
    [InlineData(@"C:\Users\me\photos")]
    [InlineData(@"\\server\photos")]
    [InlineData("@/home/me/list.txt")]
    public async Task Images_of_a_run_that_are_not_at_their_place_are_named_with_the_remedy(string place)
    {
        var settings = new RunSettings { Data = [place] };
        var problem = await Should.ThrowAsync<DirectoryNotFoundException>(() => settings.FindImagesAsync());
        problem.Message.ShouldBe($"The images of this run are not at {place}, where it began. Name their new place with --data.");
        temp.WriteImages("a/dog/1.png");
        (await settings.FindImagesAsync([temp.At("a")])).ForPretraining(null, 0).Count.ShouldBe(1);
    }

    [Fact]
    public void Run_json_keeps_several_places_as_a_list()
    {
        var run = new RunFolder(temp.At("run"));
        run.Create(new SimClr.Pretraining.PretrainOptions().For(8), new RunSettings { Data = ["/a", "@/b.txt"], DataName = "a + b.txt" });
        run.ReadSettings().WhereImagesAre().ShouldBe(["/a", "@/b.txt"]);
        string text = File.ReadAllText(temp.At("run/run.json"));
        File.WriteAllText(temp.At("run/run.json"), text.Replace("\"limit\"", "\"\\ud800 and some more\"", StringComparison.Ordinal));
        Should.Throw<InvalidDataException>(() => run.ReadSettings()).Message.ShouldStartWith($"{run.In("run.json")} is damaged: ");
        foreach (string wrong in (string[])["[]", "[1]", "{}", "7"])
        {
            File.WriteAllText(temp.At("run/run.json"), text.Replace(text[text.IndexOf('[', StringComparison.Ordinal)..(text.IndexOf(']', StringComparison.Ordinal) + 1)], wrong), Encoding.UTF8);
            Should.Throw<InvalidDataException>(() => run.ReadSettings()).Message.ShouldContain("a text, or a list of texts, is expected");
        }
    }
}
