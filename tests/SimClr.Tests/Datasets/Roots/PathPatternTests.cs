using System.Diagnostics;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class PathPatternTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    private static string[] Names(IImageDataset data) => [.. Enumerable.Range(0, data.Count).Select(data.Describe)];

    [Theory]
    [InlineData("*.png")]
    [InlineData("**/*.png")]
    [InlineData("a/**/*.png")]
    [InlineData("*/1.png")]
    [InlineData("a/**/c/*")]
    [InlineData("**/?.png")]
    [InlineData("**/b[1]/*.png")]
    [InlineData("a/*/1?.png")]
    public void A_pattern_matches_what_it_matches_in_bash(string pattern)
    {
        Needs.Linux("bash");
        temp.WriteImages("1.png", "a/1.png", "a/b/12.png", "a/b/c/3.png", "a/c/d/c/4.png", "d/1.png", "a/ü.png", "a/1.PNG", "b[1]/5.png", "(x)/6.png");
        // in brackets bash sees a set of characters
        var bash = Process.Start(new ProcessStartInfo("bash", ["-c", $"shopt -s globstar nullglob; printf '%s\\n' {pattern.Replace("[", "\\[")}"]) { WorkingDirectory = temp.Root, RedirectStandardOutput = true })!;
        string[] expected = [.. bash.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(f => File.Exists(temp.At(f))).Select(f => temp.At(f)).Order(StringComparer.Ordinal)];
        expected.ShouldNotBeEmpty();
        Names(ImageDatasets.Open(temp.At(pattern), DatasetPart.Pretraining)).ShouldBe(expected);
    }

    [Fact]
    public void Parts_and_classes_are_those_of_the_folder_before_the_first_star()
    {
        temp.WriteImages("train/cat/1.png", "train/cat/1.jpg", "train/dog/2.png", "train/owl/3.jpg", "test/dog/4.png", "train/notes.txt");
        string pattern = temp.At("**/*.png");
        ImageDatasets.HasTest(pattern).ShouldBeTrue();
        var (train, test) = (ImageDatasets.Open(pattern, DatasetPart.Train), ImageDatasets.Open(pattern, DatasetPart.Test));
        Names(train).ShouldBe([temp.Named("train/cat/1.png"), temp.Named("train/dog/2.png")]);
        (train.Classes, train.Omissions.Count).ShouldBe((["cat", "dog"], 0), Comparer);
        (Names(test).ShouldHaveSingleItem(), test.Label(0)).ShouldBe((temp.Named("test/dog/4.png"), 1));
        train.Name.ShouldBe($"{Path.GetFileName(temp.Root)}/**/*.png train");
    }

    private static IEqualityComparer<(IReadOnlyList<string>, int)> Comparer { get; } =
        EqualityComparer<(IReadOnlyList<string> Names, int Count)>.Create((a, b) => a.Names.SequenceEqual(b.Names) && a.Count == b.Count);

    [Fact]
    public void A_pattern_without_a_match_is_refused()
    {
        temp.Write("a/1.png", TinyImages.Any);
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(temp.At("*.jpg"), DatasetPart.Train)).Message.ShouldStartWith($"{temp.Named("*.jpg")} matches no image file (.jpg");
        Should.Throw<DirectoryNotFoundException>(() => ImageDatasets.Open(temp.At("b/*.jpg"), DatasetPart.Train)).Message
            .ShouldBe($"{temp.At("b/*.jpg")} matches nothing: the folder {temp.Named("b")} does not exist.");
    }

    [Fact]
    public void A_path_with_a_star_in_its_name_is_a_path()
    {
        Needs.Linux("a name with a star");
        temp.Write("all*/1.png", TinyImages.Any);
        temp.Write("all2/2.png", TinyImages.Any);
        Names(ImageDatasets.Open(temp.At("all*"), DatasetPart.Train)).ShouldBe([temp.At("all*/1.png")]);
    }
}
