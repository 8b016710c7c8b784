using SimClr.Images;
using SimClr.Tests;

namespace SimClr.Cli.Tests.Commands;

/// <summary>A small run of each encoder on a folder of 24 images with classes and parts, made when it is first asked for.</summary>
public sealed class EncoderRuns : IDisposable
{
    internal static readonly Dictionary<string, string> Encoders = new()
    {
        ["ResNet"] = "--arch resnet18 --width 0.0625",
        ["ViT"] = "--arch vit-tiny",
        ["ConvNeXt"] = "--arch convnext-tiny --width 0.0625 --set encoder.patch=1",
        ["TorchScript"] = "--arch FILE --trust-script",
    };

    internal const string Small = "--image-size 16 --batch-size 8 --threads 1 --seed 0";

    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, EncoderTrial> trials = [];

    public EncoderRuns()
    {
        for (int i = 0; i < 24; i++)
        {
            string file = folder.In("images", i < 16 ? "train" : "test", i % 2 == 0 ? "cat" : "dog", $"{i:d2}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            byte[] pixels = [.. Enumerable.Range(0, 20 * 18).SelectMany(p => (byte[])[(byte)(i * 10 + p), (byte)(p * 13), (byte)(i * p)])];
            File.WriteAllBytes(file, ImageEncoder.Png(new DecodedImage(pixels, 20, 18)));
        }
    }

    internal EncoderTrial Of(string encoder)
    {
        if (trials.TryGetValue(encoder, out var trial)) return trial;
        string arguments = Encoders[encoder];
        if (arguments.Contains("FILE", StringComparison.Ordinal)) arguments = arguments.Replace("FILE", TinyScript.Write(folder.In("tiny.pt")), StringComparison.Ordinal);
        trial = new EncoderTrial(this, folder, encoder, arguments);
        trial.Do($"pretrain --data {trial.Data} {trial.Encoder} {Small} --epochs 2 --save-every 1 --keep 10 --output {trial.Run}");
        return trials[encoder] = trial;
    }

    public void Dispose() => folder.Dispose();
}
