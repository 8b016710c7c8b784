using System.Text;
using System.Text.Json.Nodes;
using SkiaSharp;

namespace SimClr.Cli.Tests.Commands;

/// <summary>The commands with images that do not have three channels, and with selective kernels.</summary>
[Collection(InProcess.Name)]
public sealed class ChannelsTests : IDisposable
{
    internal const string Small = "--epochs 1 --image-size 16 --width 0.0625 --batch-size 16 --threads 1";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    internal static (string Output, string Error) Succeed(string command)
    {
        var (exitCode, output, error) = InProcess.Run(command);
        exitCode.ShouldBe(0, error);
        return (output, error);
    }

    internal static string Refused(string command)
    {
        var (exitCode, _, error) = InProcess.Run(command);
        exitCode.ShouldNotBe(0);
        return error;
    }

    // 48 images in three classes that differ only in the last band.
    private string Bands(int channels)
    {
        string data = folder.In("bands");
        Directory.CreateDirectory(data);
        var random = new Random(1);
        byte[] pixels = new byte[48 * 20 * 18 * channels], labels = new byte[48];
        random.NextBytes(pixels);
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = (byte)(i % 3);
            for (int p = channels - 1; p < 360 * channels; p += channels) pixels[i * 360 * channels + p] = (byte)(labels[i] * 100 + pixels[i * 360 * channels + p] / 10);
        }
        Write(Path.Combine(data, "train.npy"), $"(48, 20, 18, {channels})", pixels);
        Write(Path.Combine(data, "train-labels.npy"), "(48,)", labels);
        return data;
    }

    internal static void Write(string file, string shape, byte[] data, string type = "|u1")
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}".PadRight(117) + "\n";
        File.WriteAllBytes(file, [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. data]);
    }

    [Fact]
    public void Bands_are_pretrained_on_evaluated_fine_tuned_embedded_and_exported()
    {
        string data = Bands(4), run = folder.In("run");
        Refused($"pretrain --data {data} --output {run} {Small}").ShouldContain("have 4 channels, and the encoder takes 3");
        string said = Succeed($"pretrain --data {data} --output {run} {Small} --channels 4 --set views.mean=0.5,0.5,0.5,0.3 --set small-crops.count=2 --set small-crops.image-size=8 --online-probe").Error;
        said.ShouldContain("of 4 channels: no saturation, hue and gray");
        File.ReadAllText(Path.Combine(run, "recipe.yaml")).ShouldContain("channels: 4");

        var rows = JsonNode.Parse(Succeed($"evaluate knn --weights {run} --data {data} --threads 1 --json --quiet").Output)!["rows"]!.AsArray();
        ((double)rows.First(r => (string)r!["features"]! == "pixels")!["top1"]!).ShouldBeGreaterThan(0.9);
        Succeed($"finetune --weights {run} --data {data} --output {folder.In("tuned")} --epochs 2 --batch-size 16 --threads 1 --quiet");
        Succeed($"health {run} --data {data} --threads 1 --quiet");
        Succeed($"embed --weights {run} --data {data} --output {folder.In("h.npy")} --threads 1 --quiet");
        Succeed($"export --weights {run} --output {folder.In("encoder.onnx")} --preprocess");
        Succeed($"views --data {data} --out {folder.In("views.png")} --image-size 16 --channels 4 --images 2 --pairs 1");
        Succeed($"doctor --data {data} --channels 4 {Small} --json --quiet").Output.ShouldContain("\"gray_share\": 0");

        Refused($"evaluate knn --weights {run} --data builtin --threads 1 --quiet").ShouldContain("have 3 channels, and the encoder takes 4");
        Succeed($"pack --data {data} --output {folder.In("shards")} --quiet");
        Succeed($"embed --weights {run} --data {folder.In("shards")} --output {folder.In("packed.npy")} --threads 1 --quiet");
        File.ReadAllBytes(folder.In("packed.npy")).ShouldBe(File.ReadAllBytes(folder.In("h.npy")));
    }

    [Fact]
    public void Colour_images_are_used_as_gray_if_the_encoder_has_one_channel()
    {
        string data = Bands(3), run = folder.In("run");
        Succeed($"pretrain --data {data} --output {run} {Small} --channels 1 --quiet");
        Succeed($"evaluate knn --weights {run} --data {data} --threads 1 --json --quiet").Output.ShouldContain("encoder");
        Succeed($"pretrain --output {run} --resume --quiet");
        Succeed($"views --data builtin --out {folder.In("views.png")} --image-size 16 --channels 1 --images 1 --pairs 1");
        using var sheet = SKBitmap.Decode(folder.In("views.png"));
        // the paper is almost white
        sheet.Pixels.Where(p => Math.Abs(p.Red - p.Green) > 12 || Math.Abs(p.Red - p.Blue) > 12).ShouldBeEmpty();

        Refused($"pretrain --data {data} --output {folder.In("other")} {Small} --weights {run} --channels 3 --quiet")
            .ShouldContain("is an encoder for images of 1 channels, but this run's images have 3 (--channels)");
    }

    [Fact]
    public void Selective_kernels_survive_every_file_format()
    {
        string data = Bands(3), run = folder.In("run");
        Refused($"pretrain --data {data} --output {run} {Small} --set encoder.selective-kernels=true").ShouldContain("take ResNet-50, -101 or -152");
        Succeed($"pretrain --data {data} --output {run} {Small} --arch resnet50 --set encoder.selective-kernels=true --set encoder.stem=imagenet").Error.ShouldContain("with selective kernels");
        string own = Evaluated(run, data);
        foreach (string name in (string[])["encoder.safetensors", "encoder.pth"])
        {
            Succeed($"export --weights {run} --output {folder.In(name)}");
            Evaluated(folder.In(name), data).ShouldBe(own);
        }
        Succeed($"export --weights {run} --output {folder.In("encoder.onnx")}");
        Succeed($"health {run} --data {data} --threads 1 --quiet");
        Succeed($"finetune --weights {run} --data {data} --labels 4 --output {folder.In("tuned")} --epochs 2 --batch-size 16 --threads 1 --no-scratch --quiet");
        Succeed($"distill --teacher {folder.In("tuned")} --data {data} --output {folder.In("student")} --epochs 2 --threads 1 --quiet");
        Succeed($"pretrain --output {run} --resume --quiet");

        static string Evaluated(string weights, string data) =>
            JsonNode.Parse(Succeed($"evaluate knn --weights {weights} --data {data} --threads 1 --json --quiet").Output)!["rows"]!.ToJsonString();
    }
}
