using System.Text.RegularExpressions;
using SkiaSharp;

namespace SimClr.Cli.Tests.Commands;

public sealed partial class ReadmePicturesTests
{
    [GeneratedRegex(@"\((docs/pictures/[\w-]+\.png)\)")]
    private static partial Regex Picture();

    public static IEnumerable<TheoryDataRow<string>> Pictures =>
        Picture().Matches(File.ReadAllText(Path.Combine(ReadmeTests.Root, "README.md"))).Select(m => new TheoryDataRow<string>(m.Groups[1].Value));

    [Theory]
    [MemberData(nameof(Pictures))]
    public void A_picture_is_small_and_its_text_is_visible(string path)
    {
        var file = new FileInfo(Path.Combine(ReadmeTests.Root, path));
        file.Length.ShouldBeLessThanOrEqualTo(200_000);
        using var picture = SKBitmap.Decode(file.FullName);
        picture.Width.ShouldBeGreaterThan(800);

        // Lines of text at the left edge: rows of pixels with ink, separated by empty rows.
        var paper = picture.GetPixel(2, 2);
        bool[] inked = [.. Enumerable.Range(0, 260).Select(y => Enumerable.Range(24, 300).Count(x => Distance(picture.GetPixel(x, y), paper) > 200) is > 4 and < 240)];
        int lines = Enumerable.Range(1, inked.Length - 1).Count(y => inked[y] && !inked[y - 1]);
        lines.ShouldBeGreaterThanOrEqualTo(3);
        inked.Count(ink => ink).ShouldBeInRange(20, 160);
    }

    [Fact]
    public void There_are_pictures() => Pictures.Select(row => row.Data).ShouldBe(["docs/pictures/neighbours.png", "docs/pictures/report.png"]);

    private static int Distance(SKColor a, SKColor b) => Math.Abs(a.Red - b.Red) + Math.Abs(a.Green - b.Green) + Math.Abs(a.Blue - b.Blue);
}
