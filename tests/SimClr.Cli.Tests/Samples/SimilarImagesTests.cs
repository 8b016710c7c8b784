using SimClr.Cli.Tests.Commands;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Images;
using SimClr.Models;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Cli.Tests.Samples;

[Trait("Duration", "Long")]
public sealed class SimilarImagesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_index_finds_similar_images_follows_its_folder_and_begins_anew_with_another_encoder()
    {
        LibTorch.Load();
        WriteEncoder(seed: 1);
        string photos = Directory.CreateDirectory(folder.In("photos")).FullName, query = Path.Combine(photos, "3.png");
        var images = new BuiltInImages(DatasetPart.Train, count: 12);
        for (int i = 0; i < 10; i++) File.WriteAllBytes(Path.Combine(photos, $"{i}.png"), ImageEncoder.Png(images.Read(i)));
        File.WriteAllText(Path.Combine(photos, "bad.jpg"), "no image");

        string first = Run(query);
        first.ShouldContain("10 images: 10 encoded, 0 forgotten, 1 damaged");
        first.ShouldContain($"1.0000 {query}\n");
        first.Trim().Split('\n').Length.ShouldBe(2 + 5);
        Run(query).ShouldBe(first.Replace("10 encoded", "0 encoded", StringComparison.Ordinal));

        File.WriteAllBytes(Path.Combine(photos, "new.png"), ImageEncoder.Png(images.Read(10)));
        File.WriteAllBytes(Path.Combine(photos, "0.png"), ImageEncoder.Png(images.Read(11)));
        File.Move(query, folder.In("query.png"));
        string later = Run(folder.In("query.png"));
        later.ShouldContain("10 images: 2 encoded, 2 forgotten, 1 damaged");
        later.ShouldNotContain("3.png");

        WriteEncoder(seed: 2);
        Run(Path.Combine(photos, "new.png")).ShouldContain("10 images: 10 encoded, 0 forgotten, 1 damaged");
    }

    private void WriteEncoder(ulong seed)
    {
        using var generator = new Generator(seed, CPU);
        using var encoder = new ResNet(new ResNetOptions { Width = 0.0625 }, 32, generator);
        OnnxEncoder.Write(folder.In("encoder.onnx"), encoder, new() { ImageSize = 32 }, new OnnxOptions { Preprocessing = false });
    }

    private string Run(params string[] queries)
    {
        var (exitCode, output, error) = SampleProgram.Run("SimilarImages", [folder.In("encoder.onnx"), folder.In("photos"), folder.In("index"), .. queries]);
        exitCode.ShouldBe(0, error);
        return output;
    }
}
