using SimClr.Fuzz.Corpus;
using SimClr.Tests;

namespace SimClr.Fuzz;

/// <summary>
/// Compares unusual images with Pillow's pixels, upright and on white. <c>--corpus FOLDER</c> does the same with any images.
/// </summary>
[Trait("Duration", "Long")]
public sealed class CorpusTests
{
    // Lossless formats are equal. Where alpha is composited or 16 bits become 8, both round. The decoders of JPEG and lossy WebP share
    // their origin and are mostly equal. SimClr multiplies CMYK out; Pillow does so with another rounding.
    private static int Tolerance(string name) => name switch
    {
        "jpeg-cmyk.jpg" => 2,
        "lossy.webp" or "lossy-alpha.webp" => 2,
        _ when name.Contains("16", StringComparison.Ordinal) || name.Contains("trns", StringComparison.Ordinal) || name.Contains("A.", StringComparison.Ordinal) => 1,
        _ => 0,
    };

    [Fact]
    public void Unusual_images_have_Pillows_sizes_and_pixels()
    {
        Assert.SkipUnless(Pillow.IsThere, "needs Python with Pillow (Debian: python3-pil)");
        using var folder = new TempFolder();
        Pillow.MakeOddImages(folder.Root);
        var compared = Comparison.Of(folder.Root).ToList();
        compared.Count.ShouldBeGreaterThan(120);
        compared.Where(c => c.Verdict != CorpusVerdict.Same || c.Largest > Tolerance(Path.GetFileName(c.File)))
            .Select(c => $"{Path.GetFileName(c.File)}: {c.Reason ?? $"{c.Largest} levels"}").ShouldBeEmpty();
    }
}
