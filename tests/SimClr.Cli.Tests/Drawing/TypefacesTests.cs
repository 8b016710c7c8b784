using ScottPlot;
using SimClr.Cli.Drawing;

namespace SimClr.Cli.Tests.Drawing;

public sealed class TypefacesTests
{
    [Fact]
    public void The_programs_own_fonts_have_the_letters_of_captions_and_papers()
    {
        foreach (var typeface in new[] { Typefaces.Regular, Typefaces.Bold })
        {
            typeface.FamilyName.ShouldBe("DejaVu Sans");
            typeface.ContainsGlyphs("Views of CIFAR-10 test — τ = 0.5, λ · σ ∈ [0.1, 2] × ½ … ÄéßŁ Привет →").ShouldBeTrue();
        }

        (Typefaces.Regular.IsBold, Typefaces.Bold.IsBold).ShouldBe((false, true));
    }

    [Fact]
    public void Plots_prefer_the_programs_fonts_to_the_systems()
    {
        var regular = Fonts.GetTypeface(Typefaces.PlotFamily, bold: false, italic: false);
        var bold = Fonts.GetTypeface(Typefaces.PlotFamily, bold: true, italic: false);
        regular.GlyphCount.ShouldBe(Typefaces.Regular.GlyphCount);
        bold.IsBold.ShouldBeTrue();
    }
}
