using System.Text;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class TestImagesTests : IDisposable
{
    private readonly TempFolder temp = new();

    public TestImagesTests()
    {
        temp.WriteImages("a/ant/1.png", "a/cat/2.png", "a/dog/3.png", "b/dog/4.png", "b/ant/5.png", "c/train/ant/6.png", "c/train/dog/7.png", "c/test/dog/8.png", "d/9.png", "e/dog/1.png", "e/bug/2.png");
    }

    public void Dispose() => temp.Dispose();

    private string Place(string name) => name[0] == '@' ? "@" + temp.At(name[1..]) : temp.At(name);

    private async Task<ImageSource> Find(string train, params string[] test) =>
        (await ImageSource.FindAsync(Place(train))).WithTest(await ImageSource.FindAsync([.. test.Select(Place)]));

    private static string[] Of(IImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(i => $"{Path.GetFileName(data.Describe(i))} {data.Classes[data.Label(i)]}")];

    [Fact]
    public async Task Test_images_from_elsewhere_have_the_labels_of_the_training_images()
    {
        var (train, test, cut) = (await Find("a", "b")).ForEvaluation();
        (cut, test.Name).ShouldBe((false, "b"));
        test.Classes.ShouldBe(["ant", "cat", "dog"]);
        Enumerable.Range(0, 2).Select(test.Label).ShouldBe([0, 2]); // in b they are 0 and 1
        Of(train).ShouldBe(["1.png ant", "2.png cat", "3.png dog"]);
        Of(test).ShouldBe(["5.png ant", "4.png dog"]);
    }

    [Fact]
    public async Task The_test_part_of_the_other_place_is_used_and_all_of_a_place_without_one()
    {
        Of((await Find("a", "c")).ForEvaluation().Test).ShouldBe(["8.png dog"]);
        Of((await Find("a", "b", "c")).ForEvaluation().Test).ShouldBe(["5.png ant", "4.png dog", "8.png dog"]);
        Of((await Find("c", "b")).ForEvaluation().Test).ShouldBe(["5.png ant", "4.png dog"]); // the other test part is not used
        (await Find("c", "b")).List(ImagePart.All).Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_class_that_was_not_trained_stops_the_evaluation_alone()
    {
        var source = await Find("a", "e");
        Should.Throw<InvalidDataException>(() => source.ForEvaluation()).Message.ShouldBe(
            $"e cannot be scored: the training part, a, has no class bug; add it there, or move its images out of the test part (1 images, for example {temp.Named("e/bug/2.png")}).");
        Of(source.ForEvaluation(strict: false).Test).ShouldBe(["1.png dog"]);
        var unlabelled = await Find("a", "d");
        Should.Throw<InvalidDataException>(() => unlabelled.ForEvaluation()).Message.ShouldStartWith("None of the 1 images of d has a label");
    }

    [Fact]
    public async Task A_classifier_scores_them_by_its_own_classes_whatever_the_training_images_have()
    {
        var test = (await Find("d", "b")).TestFor(["dog", "x", "ant"], "the teacher, t,")!;
        Enumerable.Range(0, 2).Select(test.Label).ShouldBe([2, 0]);
        var source = await Find("d", "b");
        Should.Throw<InvalidDataException>(() => source.TestFor(["dog", "cat"], "the teacher, t,")).Message.ShouldStartWith("b cannot be scored: the teacher, t, has no class ant;");
        (await ImageSource.FindAsync(temp.At("b"), cancellationToken: TestContext.Current.CancellationToken)).TestFor(["dog"], "").ShouldBeNull();
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("c", "c/test")]
    [InlineData("a/ant", "a")]
    public async Task A_place_of_the_training_images_is_no_test(string train, string test) =>
        (await Should.ThrowAsync<ConfigurationException>(() => Find(train, test))).Message.ShouldBe(
            $"--test-data {temp.At(test.Split('/'))} and --data {temp.At(train.Split('/'))} share images. Name test images that are not among the training images.");

    [Theory]
    [InlineData("@all.txt", "@some.txt", "2.png", "some.txt", "all.txt")]
    [InlineData("a", "@some.txt", "2.png", "some.txt", "a")]
    [InlineData("@some.txt", "a", "2.png", "a", "some.txt")]
    [InlineData("a/cat/?.png", "@some.txt", "2.png", "some.txt", "cat/?.png")]
    public async Task A_file_is_not_in_both(string train, string test, string file, string tested, string trained)
    {
        temp.Write("all.txt", Encoding.UTF8.GetBytes("a/ant/1.png\tant\na/cat/2.png\tcat"));
        temp.Write("some.txt", Encoding.UTF8.GetBytes("a/cat/2.png\tcat"));
        var source = await Find(train, test);
        Should.Throw<InvalidDataException>(() => source.ForEvaluation()).Message.ShouldBe($"{temp.At("a", "cat", file)} is a test image in {tested} and a training image in {trained}.");
    }

    [Fact]
    public async Task Images_of_a_program_can_be_the_test_and_nothing_else_changes()
    {
        var b = await ImageSource.FindAsync(temp.At("b"), cancellationToken: TestContext.Current.CancellationToken);
        var own = ImageSource.Of(b.Parts(ImagePart.Train)[0].Data);
        b.WithTest(null).ShouldBeSameAs(b);
        Of((await ImageSource.FindAsync(temp.At("a"), cancellationToken: TestContext.Current.CancellationToken)).WithTest(own).ForEvaluation().Test).ShouldBe(["5.png ant", "4.png dog"]);
        (await Find("a", "b")).ForPretraining(null, 0).Count.ShouldBe(3);
    }
}
