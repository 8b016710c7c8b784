using System.Text.Json.Nodes;

namespace SimClr.Cli.Tests.Commands;

/// <summary><c>doctor</c> on a folder with known faults.</summary>
[Collection(InProcess.Name)]
public sealed class DoctorCommandTests(Photos photos) : IClassFixture<Photos>
{
    private const string Small = "--image-size 16 --width 0.0625 --threads 2";

    [Fact]
    public void Damaged_repeated_and_leaked_images_are_counted_and_named()
    {
        var (exitCode, output, error) = InProcess.Run($"doctor --data {photos.Data} {Small} --epochs 100 --batch-size 4 --json --quiet");
        exitCode.ShouldBe(1, error);
        error.ShouldBe("");
        var report = JsonNode.Parse(output)!;
        var (train, test) = (report["parts"]!["train"]!, report["parts"]!["test"]!);
        ((int)train["images"]!, (int)train["decoded"]!, (int)train["repeated"]!).ShouldBe((12, 12, 1));
        ((int)test["images"]!, (int)test["repeated"]!, (int)report["in_train_and_test"]!).ShouldBe((6, 0, 1));
        train["copies"]!.AsArray().Count.ShouldBe(1);
        report["images_in_train_and_test"]!.AsArray().Count.ShouldBe(1);
        (train["smaller_than_views"]!.AsArray().Count, train["elongated"]!.AsArray().Count).ShouldBe((0, 0));
        train["damaged"]!.AsArray().Single()!.ToString().ShouldStartWith(photos.In(Photos.Damaged));
        test["damaged"]!.AsArray().ShouldBeEmpty();
        train["class_counts"]!.ToJsonString().ShouldBe($"{{\"cat\":6,\"{System.Text.Json.JsonEncodedText.Encode(Photos.Dog)}\":6}}");
        ((int)train["shorter_side"]!["median"]!, (int)train["longer_side"]!["most"]!).ShouldBe((32, 32));
        ((int)report["steps_per_epoch"]!, (long)report["total_steps"]!).ShouldBe((3, 300));
        report["problems"]!.AsArray().Single()!.ToString().ShouldStartWith("Damaged images: 1 of 18 decoded ones");
        string[] warnings = [.. report["warnings"]!.AsArray().Select(w => w!.ToString())];
        warnings.ShouldContain(w => w.StartsWith("Byte-for-byte copies of other images: 1.", StringComparison.Ordinal));
        warnings.ShouldContain(w => w.StartsWith("Images in both the training and the test part: 1.", StringComparison.Ordinal));
        warnings.ShouldContain(w => w.StartsWith("Training images: 12.", StringComparison.Ordinal));
        var estimate = report["estimate"]!;
        ((double)estimate["images_per_second"]!).ShouldBeGreaterThan(0);
        ((double)estimate["seconds"]!).ShouldBe(300 * 4 / (double)estimate["images_per_second"]!, 1e-6);
        ((long)estimate["checkpoint_bytes"]!).ShouldBeGreaterThan(4 * (long)estimate["parameters"]!);
    }

    // 12-bit values in 16-bit gray PNGs: width, height, depth and colour type are bytes 16 to 25.
    [Fact]
    public void Every_command_reports_the_lost_range_of_16_bit_images()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.In("deep"));
        for (int i = 0; i < 12; i++) File.WriteAllBytes(folder.In("deep", $"{i}.png"), DeepPng(i, most: 4095));
        const string Lost = "have no value above 4095; the higher 8 bits are read, so that 16 of 4096 levels are left";
        var (_, output, error) = InProcess.Run($"doctor --data {folder.In("deep")} {Small} --batch-size 4 --json");
        JsonNode.Parse(output)!["warnings"]!.AsArray().ShouldContain(w => w!.ToString().StartsWith($"12 PNGs of 16 bits {Lost}", StringComparison.Ordinal));
        error.ShouldContain($"Of 12 images looked at, 12 PNGs of 16 bits {Lost}");
        InProcess.Run($"pack --data {folder.In("deep")} --output {folder.In("shards")} --quiet").Error.ShouldContain(Lost);
        InProcess.Run($"views --data {folder.In("shards")} --output {folder.In("v.png")} --image-size 16 --quiet").Error.ShouldContain(Lost);

        for (int i = 0; i < 12; i++) File.WriteAllBytes(folder.In("deep", $"{i}.png"), DeepPng(i, most: 65535));
        InProcess.Run($"doctor --data {folder.In("deep")} {Small} --batch-size 4 --json").Error.ShouldNotContain("16 bits");
    }

    private static byte[] DeepPng(int seed, int most)
    {
        const int Side = 24;
        using var packed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.Fastest))
        {
            for (int y = 0; y < Side; y++)
            {
                zlib.WriteByte(0);
                for (int x = 0; x < Side; x++)
                {
                    int value = most * ((x * 31 + y * 17 + seed) % 64) / 63;
                    zlib.Write([(byte)(value >> 8), (byte)value]);
                }
            }
        }
        return [0x89, .. "PNG\r\n"u8, 0x1a, 0x0a, .. Chunk("IHDR", [0, 0, 0, Side, 0, 0, 0, Side, 16, 0, 0, 0, 0]), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];

        static byte[] Chunk(string name, byte[] data)
        {
            byte[] named = [.. System.Text.Encoding.ASCII.GetBytes(name), .. data];
            uint crc = uint.MaxValue;
            foreach (byte value in named)
            {
                crc ^= value;
                for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xedb88320);
            }
            byte[] length = BitConverter.GetBytes(data.Length), sum = BitConverter.GetBytes(~crc);
            return [.. length.Reverse(), .. named, .. sum.Reverse()];
        }
    }

    [Fact]
    public void Sound_data_gives_a_table_and_exit_code_0()
    {
        var (exitCode, output, error) = InProcess.Run($"doctor --data builtin --limit 1200 {Small} --epochs 100 --batch-size 100");
        exitCode.ShouldBe(0, error);
        output.ShouldContain("ready for training");
        output.ShouldContain("100 epochs × 12 = 1200, 100 images each");
        output.ShouldNotContain("problem");
        Directory.Exists("checkpoints").ShouldBeFalse();
    }

    [Fact]
    public void A_batch_that_cannot_be_filled_is_a_problem_with_its_remedy()
    {
        var (exitCode, output, _) = InProcess.Run($"doctor --data builtin --limit 40 {Small} --batch-size 64 --json --quiet");
        exitCode.ShouldBe(1);
        JsonNode.Parse(output)!["problems"]!.AsArray().Single()!.ToString().ShouldBe("A batch needs 64 images, but there are 40: use --batch-size 4 or less.");
    }
}
