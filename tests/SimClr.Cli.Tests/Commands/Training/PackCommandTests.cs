using System.Security.Cryptography;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Tests;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed partial class PackCommandTests(Photos photos) : IClassFixture<Photos>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static string Contents(string root) =>
        string.Join('\n', Directory.GetFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{TestFolder.Relative(root, file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}"));

    private static void Refused(string command, int expected, string sentence)
    {
        var (exitCode, output, error) = InProcess.Run(command);
        exitCode.ShouldBe(expected, error);
        error.ShouldContain(sentence);
        error.ShouldNotContain("   at ");
        output.ShouldBe("");
    }

    [Fact]
    public void Parts_and_classes_survive_packing_and_training_reads_the_shards()
    {
        string shards = folder.In("shards");
        var (exitCode, output, error) = InProcess.Run($"pack --data {photos.Data} --output {shards} --images-per-shard 5");
        exitCode.ShouldBe(0, error);
        error.ShouldContain(photos.Named(Photos.Damaged));
        output.ShouldContain("1 damaged image was skipped");
        Directory.GetFiles(shards, "*.tar", SearchOption.AllDirectories).Select(tar => TestFolder.Relative(shards, tar)).Order(StringComparer.Ordinal)
            .ShouldBe(["test/images-000000.tar", "test/images-000001.tar", "train/images-000000.tar", "train/images-000001.tar", "train/images-000002.tar"]);

        foreach (var part in (DatasetPart[])[DatasetPart.Train, DatasetPart.Test])
        {
            var (before, after) = (ImageDatasets.Open(photos.Data, part), ImageDatasets.Open(shards, part));
            after.Classes.ShouldBe(before.Classes);
            int[] kept = [.. Enumerable.Range(0, before.Count).Where(i => before.Describe(i) != photos.Named(Photos.Damaged))];
            after.Count.ShouldBe(kept.Length);
            for (int i = 0; i < kept.Length; i++)
            {
                after.Label(i).ShouldBe(before.Label(kept[i]));
                after.Read(i).Pixels.ToArray().ShouldBe(before.Read(kept[i]).Pixels.ToArray());
            }
        }

        InProcess.Run($"pack --verify {shards}").ExitCode.ShouldBe(0);
        var trained = InProcess.Run($"pretrain --data {shards} --epochs 1 --image-size 16 --width 0.0625 --batch-size 4 --threads 1 --set shuffle-window=8 --output {folder.In("run")}");
        trained.ExitCode.ShouldBe(0, trained.Error);
        trained.Error.ShouldContain("11 images");
        File.ReadAllText(folder.In("run", "recipe.yaml")).ShouldContain("shuffle-window: 8");

        string tar = Path.Combine(shards, "train", "images-000001.tar");
        byte[] bytes = File.ReadAllBytes(tar);
        bytes[700] ^= 1;
        File.WriteAllBytes(tar, bytes);
        Refused($"pack --verify {shards}", 1, $"{tar}, ");
    }

    [Fact]
    public void Images_of_more_pixels_than_allowed_are_refused_by_an_option_of_every_command()
    {
        try
        {
            Directory.CreateDirectory(folder.In("large"));
            using (var bitmap = new SkiaSharp.SKBitmap(1100, 1000)) File.WriteAllBytes(folder.In("large", "a.png"), bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100).ToArray());
            Refused($"pack --data {folder.In("large")} --output {folder.In("x")} --on-bad-image fail --max-image-megapixels 1 --quiet", 1, $"{folder.Named("large", "a.png")}: 1100 × 1000 pixels are more than the 1000000 that are decoded; --max-image-megapixels");
            InProcess.Run($"pack --max-image-megapixels 2 --data {folder.In("large")} --output {folder.In("y")} --on-bad-image fail").ExitCode.ShouldBe(0);
            Refused($"pack --data {folder.In("large")} --output {folder.In("z")} --max-image-megapixels 501", 2, "--max-image-megapixels must be at most 500");
        }
        finally
        {
            ImageDecoder.MaxPixels = 128_000_000;
        }
    }

    [Fact]
    public void An_image_too_large_for_memory_is_not_reported_as_damaged()
    {
        Directory.CreateDirectory(folder.In("large"));
        using (var bitmap = new SkiaSharp.SKBitmap(6000, 6000, SkiaSharp.SKColorType.Gray8, SkiaSharp.SKAlphaType.Opaque)) // 144 MB as RGBA
            File.WriteAllBytes(folder.In("large", "a.png"), bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100).ToArray());
        var (exitCode, _, error) = Simclr.Run($"pack --data {folder.In("large")} --output {folder.In("x")} --quiet", ("DOTNET_GCHeapHardLimit", "0x8000000"));
        exitCode.ShouldBe(1, error);
        error.ShouldBe($"simclr: {folder.Named("large", "a.png")}: there is no memory for 6000 × 6000 pixels; fewer --threads, or a lower --max-image-megapixels that leaves such images out.\n");
    }

    // Two open files per shard would be 900 handles.
    [Fact]
    public void More_shards_than_open_files_are_read_and_without_a_handle_one_sentence_ends_it()
    {
        string shards = folder.In("many");
        Directory.CreateDirectory(shards);
        for (int i = 0; i < 450; i++)
        {
            using var tar = new System.Formats.Tar.TarWriter(File.Create(Path.Combine(shards, $"{i:D3}.tar")));
            tar.WriteEntry(photos.In(Photos.Names[0]), $"{i}.png");
        }
        string output = Shell.Run($"""
            ulimit -n 400; simclr views --data {shards} --output {folder.In("v.png")} --image-size 16 2>&1; echo "exit $?"
            ulimit -n 70; simclr views --data {shards} --output {folder.In("w.png")} --image-size 16 2>&1; echo "exit $?"
            """);
        output.ShouldStartWith($"{folder.In("v.png")}\nexit 0\n");
        output.TrimEnd().ShouldEndWith("exit 1");
        output.ShouldNotContain("   at ");
    }

    [Fact]
    public void Errors_in_the_command_line_are_reported()
    {
        Refused($"pack --data {photos.Data}", 2, "needs --data and --output");
        Refused($"pack --data {photos.Data} --output x --shard-size large", 2, "takes a size such as 256MB or 1GB, not 'large'");
        Refused($"pack --data {photos.Data} --output x --shard-size 10kB", 2, "--shard-size must be at least 1.0 MB");
        Refused($"pack --data {photos.Data} --output x --quality 101", 2, "--quality must be at most 100");
        Refused($"pack --data {photos.Data} --output {folder.In("x")} --on-bad-image fail", 1, photos.Named(Photos.Damaged));
        Directory.Exists(folder.In("x.part")).ShouldBeFalse();
        Refused($"pack --verify {folder.Path}", 1, "holds no data set");
        File.WriteAllText(folder.In("a.parquet"), "PAR1");
        Refused($"pretrain --data {folder.In("a.parquet")} --output {folder.In("run")}", 1,
            $"Make shards of them first: simclr pack --data {folder.In("a.parquet")} --output shards.");
        Refused($"pack --data {folder.In("a.parquet")} --output {folder.In("x")}", 1, $"{folder.In("a.parquet")} cannot be read as a Parquet file: it is too short");
    }
}
