using System.Globalization;
using SimClr.Export;
using SimClr.Images;
using SimClr.Runtime;
using SkiaSharp;
using TorchSharp;

namespace SimClr.Tests.Export;

public sealed class EmbeddingProjectorTests : IDisposable
{
    private readonly TempFolder folder = new();

    public EmbeddingProjectorTests() => LibTorch.Load();

    public void Dispose() => folder.Dispose();

    private string[] Lines(string file)
    {
        string text = File.ReadAllText(Path.Combine(folder.Root, file));
        text.ShouldEndWith("\n");
        return text[..^1].Split('\n');
    }

    private static DecodedImage Flat(int side, int colour) => new(Enumerable.Range(0, side * side).SelectMany(_ => (byte[])[(byte)colour, (byte)(255 - colour), 7]).ToArray(), side, side);

    [Fact]
    public void Points_are_restored_bit_for_bit()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(5, torch.CPU);
        var values = torch.randn(7, 3, generator: generator).t().mul(1e-7); // (3, 7), not contiguous
        EmbeddingProjector.Write(folder.Root, "h", values, [("class", ["a", "b", "c"])]);
        var rows = Lines("tensors.tsv").Select(l => l.Split('\t').Select(n => float.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToList();
        rows.Count.ShouldBe(3);
        for (int i = 0; i < 3; i++) rows[i].ShouldBe(values[i].data<float>().ToArray());
        File.Exists(Path.Combine(folder.Root, "sprite.png")).ShouldBeFalse();
    }

    // The projector drops blank lines and splits at every tab: a text must shift neither rows nor columns.
    [Fact]
    public void Texts_stay_in_their_rows_and_columns_with_any_content()
    {
        using var values = torch.zeros(5, 2);
        string[] odd = ["a\tb", "two\nlines\r\n", "", "\u2028", "ü \"q\""];
        EmbeddingProjector.Write(folder.Root, "h", values, [("class\t1", odd), ("image", ["1", "2", " ", "", "5"])]);
        Lines("metadata.tsv").ShouldBe(["class 1\timage", "a b\t1", "two lines\t2", "-\t-", "-\t-", "ü \"q\"\t5"]);
        // A single column has no header, as TensorBoard expects.
        EmbeddingProjector.Write(folder.Root, "h", values, [("class", odd)]);
        Lines("metadata.tsv").ShouldBe(["a b", "two lines", "-", "-", "ü \"q\""]);
    }

    // TensorBoard computes a thumbnail's row from the number of rows, so the grid must be square.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(9, 3)]
    [InlineData(10, 4)]
    public void The_sprite_is_a_square_grid_in_the_order_of_the_points(int count, int expected)
    {
        const int Side = 6;
        using var values = torch.zeros(count, 2);
        EmbeddingProjector.Write(folder.Root, "h", values, [("image", [.. Enumerable.Range(0, count).Select(i => $"{i}")])], Enumerable.Range(0, count).Select(i => Flat(Side, 20 * i)));
        using var sprite = SKBitmap.Decode(Path.Combine(folder.Root, "sprite.png"));
        (sprite.Width, sprite.Height).ShouldBe((expected * Side, expected * Side));
        for (int i = 0; i < expected * expected; i++)
        {
            var colour = i < count ? new SKColor((byte)(20 * i), (byte)(255 - 20 * i), 7) : SKColors.White;
            foreach (int at in (int[])[0, Side - 1]) sprite.GetPixel(i % expected * Side + at, i / expected * Side + at).ShouldBe(colour, $"thumbnail {i}");
        }
        Lines("projector_config.pbtxt").Select(l => l.Trim()).ShouldBe(
        [
            "embeddings {", "tensor_name: \"h\"", "tensor_path: \"tensors.tsv\"", "metadata_path: \"metadata.tsv\"",
            $"sprite {{ image_path: \"sprite.png\" single_image_dim: {Side} single_image_dim: {Side} }}", "}",
        ]);
    }

    [Fact]
    public void Thumbnails_shrink_until_the_sprite_fits()
    {
        EmbeddingProjector.ThumbnailSide(2000, 64).ShouldBe(64);
        EmbeddingProjector.ThumbnailSide(1, 64).ShouldBe(64);
        foreach (int count in (int[])[16384, 16385, 60_000, 100_000, 1_000_000])
        {
            int side = EmbeddingProjector.ThumbnailSide(count, 64), columns = 0;
            while ((long)columns * columns < count) columns++;
            (side * columns).ShouldBeLessThanOrEqualTo(EmbeddingProjector.LargestSprite);
            if (side < 64) ((side + 1) * columns).ShouldBeGreaterThan(EmbeddingProjector.LargestSprite);
        }
        Should.Throw<ArgumentOutOfRangeException>(() => EmbeddingProjector.ThumbnailSide(0, 64));
    }

    [Fact]
    public void Input_that_does_not_fit_together_is_refused_and_the_old_files_stay()
    {
        using var values = torch.zeros(3, 2);
        IReadOnlyList<(string, IReadOnlyList<string>)> columns = [("class", ["a", "b", "c"])];
        EmbeddingProjector.Write(folder.Root, "first", values, columns);
        void Refused(string sentence, Action write) => Should.Throw<ArgumentException>(write).Message.ShouldContain(sentence);
        Refused("there are 3 points, and 'class' has 2", () => EmbeddingProjector.Write(folder.Root, "h", values, [("class", ["a", "b"])]));
        Refused("at least one column", () => EmbeddingProjector.Write(folder.Root, "h", values, []));
        Refused("3 points and 2 thumbnails", () => EmbeddingProjector.Write(folder.Root, "h", values, columns, [Flat(4, 0), Flat(4, 0)]));
        Refused("more thumbnails than the 3 points", () => EmbeddingProjector.Write(folder.Root, "h", values, columns, Enumerable.Repeat(Flat(4, 0), 4)));
        Refused("number 2 is 5 × 5", () => EmbeddingProjector.Write(folder.Root, "h", values, columns, [Flat(4, 0), Flat(5, 0), Flat(4, 0)]));
        Refused("they are (2) Float32", () => EmbeddingProjector.Write(folder.Root, "h", values[0], columns));
        Lines("projector_config.pbtxt")[1].ShouldContain("\"first\"");
        Directory.GetFiles(folder.Root).Select(Path.GetFileName).ShouldBe(["metadata.tsv", "projector_config.pbtxt", "tensors.tsv"], ignoreOrder: true);
    }
}
