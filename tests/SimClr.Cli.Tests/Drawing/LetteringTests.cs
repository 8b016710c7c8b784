using SimClr.Cli.Drawing;
using SimClr.Cli.Output;

namespace SimClr.Cli.Tests.Drawing;

public sealed class LetteringTests
{
    // The sums of the advance widths in the table hmtx of the files, in units of 1/2048 of the size.
    [Theory]
    [InlineData(false, "class0 é", 8298)]
    [InlineData(false, "views of 32 × 32 pixels", 23917)]
    [InlineData(true, "views of 32 × 32 pixels", 26615)]
    public void A_text_has_the_width_of_the_fonts_file_on_every_system(bool bold, string text, int units)
    {
        using var lettering = new Lettering(bold ? Typefaces.Bold : Typefaces.Regular, 13);
        lettering.Measure(text).ShouldBe(13 * units / 2048f, 0.01f);
    }

    [Fact]
    public void The_fonts_of_the_system_are_looked_for_in_absolute_folders() =>
        HostConsole.Current.FontFolders.ShouldAllBe(folder => folder.Length == 0 || Path.IsPathFullyQualified(folder));
}
