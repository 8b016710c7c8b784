using SimClr.Cli.Commands;
using SimClr.Cli.Tests.Commands;
using SimClr.Tests;
using SkiaSharp;

namespace SimClr.Cli.Tests.Output;

[Collection(InProcess.Name)]
public sealed class TerminalNamesTests
{
    [Fact]
    public void An_error_is_one_line_even_if_a_name_has_line_breaks() =>
        ErrorReport.OneLine(new InvalidDataException("photos/a\nb\u001b[31m.png: the file is empty.")).ShouldBe(@"photos/a\nb\x1b[31m.png: the file is empty.");

    [Fact]
    public void Names_of_files_and_classes_are_escaped_on_the_terminal()
    {
        Needs.Linux("control characters in names");
        using var folder = new TemporaryFolder();
        using var bitmap = new SKBitmap(20, 20);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        foreach (string name in (string[])["cat\u001b[31m/a\u0007.png", "cat\u001b[31m/two\nlines.png", "do\u202eg/1.png", "do\u202eg/2.png", "do\u202eg/2\u009b2J.heic"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.In(name))!);
            File.WriteAllBytes(folder.In(name), name.Contains("two", StringComparison.Ordinal) ? [] : png.ToArray());
        }
        var (exitCode, output, error) = InProcess.Run($"doctor --data {folder.Path} --batch-size 2 --image-size 16 --width 0.0625 --threads 1");
        exitCode.ShouldBe(1, error); // one image is damaged
        (output + error).Where(c => c != '\n' && (char.IsControl(c) || c == '\u202e')).ShouldBeEmpty();
        output.ShouldContain(@"two\nlines.png: the file is empty.");
        error.ShouldContain(@"do\u202eg/2\x9b2J.heic");
    }

    [Fact]
    public void Tables_escape_names_in_the_same_way() =>
        Directory.EnumerateFiles(Path.Combine(ReadmeTests.Root, "src", "SimClr.Cli"), "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("EscapeMarkup", StringComparison.Ordinal)).Select(Path.GetFileName).ShouldBe(["TableText.cs"]);
}
