using System.Text.Json.Nodes;
using SimClr.Encoders;
using SimClr.Images;
using SkiaSharp;
using static SimClr.Cli.Tests.Commands.ChannelsTests;

namespace SimClr.Cli.Tests.Commands;

/// <summary>The commands with images of more than 8 bits, and with chosen channels.</summary>
[Collection(InProcess.Name)]
public sealed class DeepImagesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // Values of 16 bits in a narrow band: cut to 8 bits they would all be 15.
    [Fact]
    public void Values_of_16_bits_are_pretrained_on_with_their_range_and_chosen_channels_by_every_command()
    {
        string data = folder.In("deep"), run = folder.In("run");
        Directory.CreateDirectory(data);
        var random = new Random(1);
        byte[] labels = [.. Enumerable.Range(0, 48).Select(i => (byte)(i % 3))];
        byte[] values = [.. Enumerable.Range(0, 48 * 360 * 4).Select(i => (ushort)(4000 + random.Next(20) + (i % 4 == 3 ? 40 * labels[i / 1440] : 0)))
            .SelectMany(BitConverter.GetBytes)];
        Write(Path.Combine(data, "train.npy"), "(48, 20, 18, 4)", values, "<u2");
        Write(Path.Combine(data, "train-labels.npy"), "(48,)", labels);

        string said = Succeed($"pretrain --data {data} --output {run} {Small} --channels 4,1 --value-range auto").Error;
        said.ShouldContain("values 4000 to 4099 are 0 to 1");
        string recipe = File.ReadAllText(Path.Combine(run, "recipe.yaml"));
        recipe.ShouldContain("value-range: [4000.0, 4099.0]");
        recipe.ShouldContain("value-type: uint16");
        recipe.ShouldContain("channels: [4, 1]");
        Succeed($"pretrain --output {run} --resume --quiet");
        var rows = JsonNode.Parse(Succeed($"evaluate knn --weights {run} --data {data} --threads 1 --json --quiet").Output)!["rows"]!.AsArray();
        ((double)rows.First(r => (string)r!["features"]! == "pixels")!["top1"]!).ShouldBeGreaterThan(0.8);
        Succeed($"health {run} --data {data} --threads 1 --quiet");
        Succeed($"finetune --weights {run} --data {data} --output {folder.In("tuned")} --epochs 1 --batch-size 16 --threads 1 --quiet");
        Succeed($"embed --weights {run} --data {data} --output {folder.In("h.npy")} --threads 1 --quiet");
        var manifest = JsonNode.Parse(File.ReadAllText(folder.In("h.npy.json")))!;
        manifest["chosen_channels"]!.AsArray().Select(channel => (int)channel!).ShouldBe([4, 1]);
        manifest["value_range"]!.AsArray().Select(value => (double)value!).ShouldBe([4000, 4099]);
        Succeed($"embed --weights {run} --data {data} --output {folder.In("k.npy")} --value-range 0,5000 --threads 1").Error.ShouldContain("4000 to 4099");
        Succeed($"search --embeddings {folder.In("h.npy")} --data {data} --query 3 --output {folder.In("found.png")} --quiet");
        using (var sheet = SKBitmap.Decode(folder.In("found.png"))) sheet.Pixels.Select(p => p.Red).Distinct().Count().ShouldBeGreaterThan(15);
        File.WriteAllBytes(folder.In("query.tif"), ImageEncoder.Tiff(new DecodedImage(values.AsMemory(0, 8 * 360), 18, 20, 4, PixelType.UInt16)));
        using (var trained = TrainedEncoder.Load(run))
        {
            float[] first = trained.Embed(folder.In("query.tif")), row = new float[first.Length];
            Buffer.BlockCopy(File.ReadAllBytes(folder.In("h.npy")), 128, row, 0, 4 * row.Length);
            for (int i = 0; i < row.Length; i++) row[i].ShouldBe(first[i], 1e-4f); // by the library, with the values of training
        }
        JsonNode.Parse(Succeed($"search --weights {run} --data {data} --query {folder.In("query.tif")} --threads 1 --json --quiet").Output)!["results"]![0]!["index"]!
            .GetValue<int>().ShouldBe(0); // the first image itself
        Succeed($"export --weights {run} --output {folder.In("encoder.onnx")} --preprocess");
        Succeed($"report {run} --data {data} --output {folder.In("report.html")} --threads 1 --quiet");
        Succeed($"doctor --data {data} --channels 4,1 {Small} --json --quiet");
        Succeed($"pretrain --data {data} --output {folder.In("gpu")} {Small} --channels 4,1 --render-on gpu --quiet");

        Refused($"pretrain --data builtin --output {folder.In("other")} {Small} --recipe {run}/recipe.yaml --channels 3,2 --quiet")
            .ShouldContain("The value range 4000,4099 (preprocessing.value-range) is for images of 16 bits, not of 8 bits.");
        Refused($"pretrain --data {data} --output {folder.In("other")} {Small} --channels 9,1 --quiet").ShouldContain("has 4 channels, but channel 9 is chosen");
        Refused($"pretrain --data {data} --output {folder.In("other")} {Small} --channels 9 --quiet").ShouldContain("have 4 channels, and the encoder takes 9");
        foreach (string wrong in (string[])["5", "5,5", "9,5", ".nan,5", "1,2,3"])
            Refused($"pretrain --data {data} --output {folder.In("other")} {Small} --channels 4 --value-range {wrong} --quiet").ShouldContain("LOW,HIGH: two finite numbers");
        Refused($"embed --weights {run} --data {data} --output {folder.In("g.npy")} --value-range NaN,1 --quiet").ShouldContain("--value-range takes LOW,HIGH");
    }

    [Fact]
    public void Tiles_of_five_bands_are_embedded_with_their_places()
    {
        const int Width = 40, Height = 30, Side = 16;
        Directory.CreateDirectory(folder.In("scenes"));
        byte[] values = [.. Enumerable.Range(0, Height * Width * 5).SelectMany(i => BitConverter.GetBytes((ushort)(i * 7919)))];
        File.WriteAllBytes(folder.In("scenes", "north.tif"), ImageEncoder.Tiff(new DecodedImage(values, Width, Height, 5, PixelType.UInt16)));
        string tiles = folder.In("tiles"), run = folder.In("run");

        Succeed($"pack --data {folder.In("scenes")} --output {tiles} --tile {Side} --quiet");
        Succeed($"pretrain --data {tiles} --output {run} {Small.Replace("16 --threads", "2 --threads", StringComparison.Ordinal)} --channels 5 --quiet");
        Succeed($"embed --weights {run} --data {tiles} --output {folder.In("map.csv")} --threads 1 --quiet");
        Succeed($"embed --weights {run} --data {tiles} --output {folder.In("map.npy")} --threads 1 --quiet");

        string[] lines = File.ReadAllLines(folder.In("map.csv"));
        lines[0].ShouldStartWith("file,label,class,damaged,source,x,y,f0,");
        lines[1..].Select(line => string.Join(' ', line.Split("\",")[1].Split(',')[3..6])) // the last tiles are moved inwards
            .ShouldBe(from y in (int[])[0, Height - Side] from x in (int[])[0, 16, Width - Side] select $"north.tif {x} {y}");
        JsonNode.Parse(File.ReadAllText(folder.In("map.npy.json")))!["tiles"]!.GetValue<bool>().ShouldBeTrue();
    }
}
