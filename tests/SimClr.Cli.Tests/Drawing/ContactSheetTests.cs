using SimClr.Cli.Drawing;
using SimClr.Cli.Tests.Commands;
using SimClr.Images;
using SimClr.Pretraining;
using SkiaSharp;

namespace SimClr.Cli.Tests.Drawing;

public sealed class ContactSheetTests
{
    private static readonly SKColor[] Colours =
        [new(255, 0, 0), new(0, 255, 0), new(0, 0, 255), new(255, 255, 0), new(255, 0, 255), new(0, 255, 255), new(255, 128, 0), new(128, 0, 255), new(0, 128, 64), new(128, 64, 0)];

    [Fact]
    public void Every_image_is_a_complete_tile_in_its_row_and_column()
    {
        using var png = new TemporaryPng();
        Views("Two rows").Save(png.Path);

        using var sheet = png.Decode();
        var boxes = Colours.Select(colour => Box(sheet, colour)).ToArray();
        boxes.ShouldAllBe(box => box.Width == 96 && box.Height == 96);
        foreach (var row in boxes.Chunk(5))
        {
            row.ShouldAllBe(box => box.Top == row[0].Top);
            row.Select(box => box.Left).ShouldBeInOrder();
            var gaps = row.Zip(row.Skip(1), (left, right) => right.Left - left.Right).ToArray();
            gaps[1].ShouldBe(gaps[3]); // within a pair
            gaps[0].ShouldBe(gaps[2]); // between groups
            gaps[0].ShouldBeGreaterThan(2 * gaps[1]);
            var (within, between) = (row[1].Right + (gaps[1] / 2), row[2].Right + (gaps[2] / 2));
            sheet.GetPixel(within, row[1].MidY).ShouldNotBe(sheet.GetPixel(between, row[1].MidY)); // a pair shares a panel
        }

        boxes[5].Top.ShouldBeGreaterThan(boxes[0].Bottom);
    }

    [Fact]
    public void Title_and_captions_are_readable()
    {
        using var png = new TemporaryPng();
        Views("Views of two images").Save(png.Path);

        using var sheet = png.Decode();
        var tiles = Colours.Take(5).Select(colour => Box(sheet, colour)).ToArray();
        DarkPixels(sheet, new SKRectI(0, 0, sheet.Width, 40)).ShouldBeGreaterThan(300);
        foreach (var tile in tiles) DarkPixels(sheet, new SKRectI(tile.Left, 40, tile.Right, tile.Top)).ShouldBeInRange(60, 700);
        DarkPixels(sheet, new SKRectI(0, tiles[0].Top, tiles[0].Left, tiles[0].Bottom)).ShouldBeGreaterThan(40);

        using var other = new TemporaryPng();
        Views("").Save(other.Path);
        using var untitled = other.Decode();
        DarkPixels(untitled, new SKRectI(0, 0, untitled.Width, 40)).ShouldBe(0);
    }

    [Fact]
    public void Small_images_are_magnified_pixel_by_pixel_and_large_ones_keep_their_proportions()
    {
        var checks = new byte[32 * 32 * 3];
        for (var i = 0; i < 32 * 32; i++) checks.AsSpan(i * 3, 3).Fill((byte)(((i / 32) + i) % 2 == 0 ? 0 : 255));
        var wide = Plain(Colours[0], 400, 200);
        using var png = new TemporaryPng();
        new ContactSheet { Title = "", Groups = [["wide", "checks"]], Rows = [new("", [wide, new DecodedImage(checks, 32, 32)])] }.Save(png.Path);

        using var sheet = png.Decode();
        var box = Box(sheet, Colours[0]);
        (box.Width, box.Height).ShouldBe((96, 48));
        var (left, top) = (box.Right + 4, box.MidY - 48);
        for (var y = 0; y < 96; y++)
        {
            for (var x = 0; x < 96; x++) sheet.GetPixel(left + x, top + y).Red.ShouldBe((byte)(((x / 3) + (y / 3)) % 2 == 0 ? 0 : 255));
        }
    }

    [Fact]
    public void Only_the_finished_file_is_left_also_over_an_older_one()
    {
        using var png = new TemporaryPng();
        Views("first").Save(png.Path);
        var first = File.ReadAllBytes(png.Path);
        Views("second").Save(png.Path);

        File.ReadAllBytes(png.Path).ShouldNotBe(first);
        png.Files.ShouldBe(["picture.png"]);
    }

    [Fact]
    public void A_long_caption_is_cut_and_a_long_title_widens_the_sheet()
    {
        using var ink = new ContactSheetInk();
        var cut = ink.Caption.Fit("a caption that is much too long for its tile", 96);
        cut.ShouldStartWith("a caption");
        cut.ShouldEndWith("…");
        ink.Caption.Measure(cut).ShouldBeLessThanOrEqualTo(96);
        ink.Caption.Fit("short", 96).ShouldBe("short");

        var sheet = new ContactSheet { Title = new string('m', 60), Groups = [["one"]], Rows = [new("", [Plain(Colours[0])])] };
        new ContactSheetLayout(sheet, ink).Width.ShouldBeGreaterThan((int)ink.Title.Measure(sheet.Title));
    }

    [Fact]
    public void Tiles_are_in_rows_with_captions_and_missing_ones_stay_empty()
    {
        using var png = new TemporaryPng();
        ContactSheet.OfTiles("five", [.. Colours.Take(5).Select((colour, i) => ($"tile {i}", Plain(colour)))], columns: 3).Save(png.Path);

        using var sheet = png.Decode();
        var boxes = Colours.Take(5).Select(colour => Box(sheet, colour)).ToArray();
        boxes.ShouldAllBe(box => box.Width == 128 && box.Height == 128);
        boxes.Select(box => box.Top).Distinct().Count().ShouldBe(2);
        boxes.Take(3).ShouldAllBe(box => box.Top == boxes[0].Top);
        (boxes[3].Left, boxes[4].Left).ShouldBe((boxes[0].Left, boxes[1].Left));
        foreach (var box in boxes) DarkPixels(sheet, new SKRectI(box.Left, box.Bottom, box.Right, box.Bottom + 20)).ShouldBeInRange(40, 700);
        sheet.GetPixel(boxes[2].MidX, boxes[4].MidY).ShouldBe(ContactSheetInk.PanelColour);
    }

    [Theory]
    [InlineData("sheet.png", new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' })]
    [InlineData("sheet.PNG", new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' })]
    [InlineData("sheet.jpg", new byte[] { 0xFF, 0xD8, 0xFF })]
    [InlineData("sheet.jpeg", new byte[] { 0xFF, 0xD8, 0xFF })]
    [InlineData("sheet.webp", new byte[] { (byte)'R', (byte)'I', (byte)'F', (byte)'F' })]
    public void The_content_of_a_file_matches_its_name(string name, byte[] magic)
    {
        using var folder = new TemporaryFolder();
        Views("Two rows").Save(folder.In(name));
        File.ReadAllBytes(folder.In(name))[..magic.Length].ShouldBe(magic);
        using var sheet = SKBitmap.Decode(folder.In(name));
        using var png = SKBitmap.Decode(Views("Two rows").ToPng());
        (sheet.Width, sheet.Height).ShouldBe((png.Width, png.Height));
    }

    [Fact]
    public void Another_extension_or_a_sheet_too_large_for_the_format_is_refused()
    {
        using var folder = new TemporaryFolder();
        Should.Throw<ArgumentException>(() => Views("").Save(folder.In("sheet.gif"))).Message.ShouldContain("sheet.gif ends in none of .png, .jpg, .jpeg, .webp");
        var long_ = new ContactSheet { Title = "", TileSide = 32, Groups = [["one"]], Rows = [.. Enumerable.Repeat(new ContactSheetRow("", [Plain(Colours[0])]), 500)] };
        Should.Throw<InvalidDataException>(() => long_.Save(folder.In("sheet.webp"))).Message.ShouldContain("pixels is too large for .webp. Use .png, or show fewer images"); // 16,383 at most
        Directory.GetFiles(folder.Path).ShouldBeEmpty();
    }

    // With or without a font for the characters, something is drawn, and different text gives a different picture.
    [Theory]
    [InlineData("猫")]
    [InlineData("🐈")]
    [InlineData("שלום")]
    [InlineData("\u0001")]
    [InlineData("\U0010FFFD")]
    public void Every_caption_is_visible(string caption)
    {
        using var sheet = SKBitmap.Decode(ContactSheet.OfTiles("", [(caption, Plain(Colours[0]))], columns: 1).ToPng());
        var box = Box(sheet, Colours[0]);
        Inked(sheet, new SKRectI(box.Left, box.Bottom + 1, box.Right, box.Bottom + 20)).ShouldBeGreaterThan(15);
    }

    [Fact]
    public void Characters_without_a_glyph_are_written_as_their_number()
    {
        using var ink = new ContactSheetInk();
        ink.Caption.Fit("a\U0010FFFDb", 500).ShouldBe("aU+10FFFDb"); // private use: no system font has it
        ink.Caption.Fit("a\u200Db\uFE0F", 500).ShouldBe("ab"); // a joiner and a variation selector are invisible
        ink.Caption.Fit("a\uD83D", 500).Length.ShouldBeGreaterThan(1); // half a surrogate pair
        ink.Caption.Measure(ink.Caption.Fit(new string('\uE123', 40), 96)).ShouldBeLessThanOrEqualTo(96);
    }

    private static int Inked(SKBitmap sheet, SKRectI area) =>
        (from y in Enumerable.Range(area.Top, area.Height)
         from x in Enumerable.Range(area.Left, area.Width)
         where sheet.GetPixel(x, y) != ContactSheetInk.PanelColour
         select 1).Count();

    [Fact]
    public void Pairs_share_a_panel()
    {
        using var png = new TemporaryPng();
        ContactSheet.OfTiles("two pairs", [.. Colours.Take(4).Select(colour => ("", Plain(colour)))], columns: 5, perGroup: 2).Save(png.Path);

        using var sheet = png.Decode();
        var boxes = Colours.Take(4).Select(colour => Box(sheet, colour)).ToArray();
        boxes.ShouldAllBe(box => box.Top == boxes[0].Top);
        (boxes[2].Left - boxes[1].Right).ShouldBeGreaterThan(boxes[1].Left - boxes[0].Right);
        sheet.GetPixel((boxes[0].Right + boxes[1].Left) / 2, boxes[0].MidY).ShouldBe(ContactSheetInk.PanelColour);
        sheet.GetPixel((boxes[1].Right + boxes[2].Left) / 2, boxes[0].MidY).ShouldBe(ContactSheetInk.Paper);
    }

    [Fact]
    public void Rows_that_do_not_fit_the_columns_are_refused()
    {
        var sheet = new ContactSheet { Title = "", Groups = [["one", "two"]], Rows = [new("cat", [Plain(Colours[0])])] };
        Should.Throw<ArgumentException>(() => sheet.Save("never.png")).Message.ShouldContain("needs 2 images; the row \"cat\" has 1");
        Should.Throw<ArgumentException>(() => ContactSheet.OfViews("", []).Save("never.png"));
        var below = new ContactSheet { Title = "", Groups = [["one", "two"]], Rows = [new("cat", [Plain(Colours[0]), Plain(Colours[1])], "only one")] };
        Should.Throw<ArgumentException>(() => below.Save("never.png")).Message.ShouldContain("has a caption below it or none");
        File.Exists("never.png").ShouldBeFalse();
    }

    private static ContactSheet Views(string title) => ContactSheet.OfViews(title,
        [.. Colours.Select(colour => Plain(colour)).Chunk(5).Select((row, i) =>
            new ImageViews($"row {i}", row[0], [(row[1], row[2]), (row[3], row[4])]))]);

    private static DecodedImage Plain(SKColor colour, int width = 32, int height = 32)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++) (pixels[i * 3], pixels[(i * 3) + 1], pixels[(i * 3) + 2]) = (colour.Red, colour.Green, colour.Blue);
        return new DecodedImage(pixels, width, height);
    }

    /// <summary>The rectangle that the colour fills completely.</summary>
    private static SKRectI Box(SKBitmap sheet, SKColor colour)
    {
        var at = Enumerable.Range(0, sheet.Width * sheet.Height).Where(i => sheet.GetPixel(i % sheet.Width, i / sheet.Width) == colour).ToArray();
        at.ShouldNotBeEmpty();
        var box = new SKRectI(
            at.Min(i => i % sheet.Width), at.Min(i => i / sheet.Width), at.Max(i => i % sheet.Width) + 1, at.Max(i => i / sheet.Width) + 1);
        at.Length.ShouldBe(box.Width * box.Height);
        return box;
    }

    private static int DarkPixels(SKBitmap sheet, SKRectI area) =>
        (from y in Enumerable.Range(area.Top, area.Height)
         from x in Enumerable.Range(area.Left, area.Width)
         let pixel = sheet.GetPixel(x, y)
         where pixel.Red + pixel.Green + pixel.Blue < 330
         select 1).Count();
}
