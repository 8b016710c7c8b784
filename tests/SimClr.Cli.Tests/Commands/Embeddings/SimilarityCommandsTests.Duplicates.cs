using SkiaSharp;

namespace SimClr.Cli.Tests.Commands;

public sealed partial class SimilarityCommandsTests
{
    [Fact]
    public void Duplicates_are_found_within_train_and_between_train_and_test()
    {
        string sheet = folder.In("pairs.png");

        var report = Json($"duplicates {Encoding} --threshold 0.99999 --output {sheet}");

        ((int)report["compared"]!, (int)report["pairs"]!, (int)report["groups"]!, (int)report["redundant"]!).ShouldBe((17, 2, 2, 2));
        report["pairs_by_part"]!.ToJsonString().ShouldBe("{\"train_test\":1,\"within_train\":1}");
        var pairs = report["listed"]!.AsArray().Select(p => ((string)p!["first"]!["file"]!, (string)p["second"]!["file"]!)).ToList();
        // each group in path order
        pairs.ShouldBe([(Photos.Names[15], Photos.Names[4]), (Photos.Names[2], Photos.Names[9])], ignoreOrder: true);
        SKBitmap.Decode(sheet).Width.ShouldBeGreaterThan(4 * 96);

        // All pairs are counted; the most similar ones are listed.
        var all = Json($"duplicates {Encoding} --threshold 0.000001 --pairs 3");
        ((int)all["pairs"]!, (int)all["groups"]!, (int)all["redundant"]!).ShouldBe((17 * 16 / 2, 1, 16));
        all["listed"]!.AsArray().Count.ShouldBe(3);
        all["listed"]!.AsArray().Take(2).Select(p => (int)p!["first"]!["index"]!).Order().ShouldBe(report["listed"]!.AsArray().Select(p => (int)p!["first"]!["index"]!).Order());

        var (_, table, _) = InProcess.Run($"duplicates {Encoding} --threshold 0.99999");
        table.ShouldContain("train – test");
        table.ShouldContain(Photos.Names[9]);
    }

    // Byte-identical files have the same features, whatever the rounding of their product.
    [Fact]
    public void Threshold_1_finds_all_duplicate_files_and_no_cosine_is_above_1()
    {
        var random = new Random(6);
        string data = folder.In("twice");
        Directory.CreateDirectory(data);
        for (int i = 0; i < 24; i++)
        {
            using var bitmap = new SKBitmap(16, 16);
            for (int p = 0; p < 256; p++) bitmap.SetPixel(p % 16, p / 16, new SKColor((byte)random.Next(256), (byte)(40 * (i % 6)), (byte)(i * 10)));
            using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            foreach (string copy in (string[])["a", "b"]) File.WriteAllBytes(Path.Combine(data, $"{i:d2}{copy}.png"), png.ToArray());
        }
        string encoding = $"--weights {photos.Run} --data {data} --threads 1";

        var report = Json($"duplicates {encoding} --threshold 1");

        ((int)report["pairs"]!).ShouldBe(24);
        report["listed"]!.AsArray().Select(p => ((string)p!["first"]!["file"]!, (string)p["second"]!["file"]!, (double)p["cosine"]!)).Order()
            .ShouldBe(Enumerable.Range(0, 24).Select(i => ($"{i:d2}a.png", $"{i:d2}b.png", 1.0)));
        Json($"cluster {encoding} --clusters 24")["clusters"]!.AsArray().ShouldAllBe(c => (double)c!["mean_cosine"]! <= 1);
        Json($"search {encoding} --query 3 --k 47")["results"]!.AsArray().ShouldAllBe(r => (double)r!["cosine"]! <= 1);
    }
}
