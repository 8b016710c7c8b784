using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using SimClr.Models;
using SimClr.Weights;
using TorchSharp;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed partial class ExportCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private const string Tiny = "--limit 64 --epochs 1 --image-size 16 --width 0.0625 --batch-size 32 --threads 1";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_exported_encoder_works_like_its_run_in_evaluation_and_training()
    {
        string run = trained.In("runs", "done");
        var own = Rows($"--weights {run}");
        foreach (string name in (string[])["encoder.pth", "encoder.safetensors"])
        {
            string file = folder.In(name);
            Succeed($"export --weights {run} --output {file}").ShouldContain(name);
            Rows($"--weights {file}").ShouldBe(own);
        }

        string pth = folder.In("encoder.pth");
        InProcess.Run($"evaluate knn --weights {pth} --data builtin --projection --no-baselines --threads 1").Error.ShouldContain("has no projection head");

        // Another run starts from the file: the network matches it, and a first step with a rate near 0 leaves it unchanged.
        var (exitCode, _, error) = InProcess.Run($"pretrain --data builtin --output {folder.In("second")} --weights {pth} --limit 32 --epochs 1 --batch-size 32 --lr 1e-30 --threads 1");
        exitCode.ShouldBe(0, error);
        error.ShouldContain("The encoder starts from");
        File.ReadAllText(Path.Combine(folder.In("second"), "recipe.yaml")).ShouldContain("width: 0.0625");
        using var scope = torch.NewDisposeScope();
        string checkpoint = Directory.GetDirectories(Path.Combine(folder.In("second"), "checkpoints")).Single();
        var (before, after) = (PyTorchFile.Read(pth), Safetensors.Read(Path.Combine(checkpoint, "model.safetensors")));
        foreach (var (key, tensor) in before.Where(t => t.Key.EndsWith(".weight", StringComparison.Ordinal)))
            (tensor - after["encoder." + key]).abs().max().item<float>().ShouldBeLessThan(1e-12f, key);

        InProcess.Run($"pretrain --data builtin --output {folder.In("third")} --weights {pth} --arch resnet50 --limit 32 --epochs 1 --batch-size 32").Error
            .ShouldContain("is a resnet18 × 0.0625, but this run has a resnet50 × 0.0625.");
        InProcess.Run($"embed --weights {pth}#teacher --data builtin --output {folder.In("none.npy")}").Error.ShouldContain("encoder.pth holds one network: leave out #teacher.");
    }

    [Fact]
    public void A_last_class_without_a_readable_image_keeps_its_place_in_the_classifier()
    {
        string run = trained.In("runs", "done"), data = folder.In("images"), file = folder.In("x.safetensors");
        Painted(data, ("dark", 20), ("light", 230));
        string broken = Directory.CreateDirectory(Path.Combine(data, "train", "zz")).FullName;
        for (int i = 0; i < 5; i++) File.WriteAllText(Path.Combine(broken, $"{i}.png"), "no image");
        Succeed($"export --weights {run} --output {file} --classifier {data} --threads 1 -q");
        using var scope = torch.NewDisposeScope();
        var state = Safetensors.Read(file);
        state["fc.weight"].shape.ShouldBe([3, 32]);
        state["fc.bias"][2].item<float>().ShouldBe(-1e30f);
        Succeed($"export --weights {file} --output {folder.In("x.onnx")}");
    }

    [Fact]
    public void Neither_a_classifier_nor_the_weights_themselves_are_replaced()
    {
        string run = trained.In("runs", "done"), file = folder.In("encoder.safetensors"), classifier = folder.In("classifier.safetensors");
        Succeed($"export --weights {run} --output {file}");
        File.Copy(file, classifier);
        InProcess.Run($"export --weights {file} --output {file}").Error.ShouldEndWith($"--output {file} is the file of --weights, and would be replaced.\n");
        InProcess.Run($"export --weights {file} --output {classifier}").Error.ShouldContain($"{classifier} is a trained classifier, which would be lost.");
    }

    [Fact]
    public void A_classifier_is_fitted_and_exported_with_its_class_names()
    {
        string run = trained.In("runs", "done"), data = folder.In("images");
        Painted(data, ("dark", 20), ("light", 230));
        string pth = folder.In("classifier.pth");
        InProcess.Run($"export --weights {run} --output {pth} --classifier {data} --threads 1").Error.ShouldContain("linear classifier of 2 classes: top-1 100.00 %");
        using var scope = torch.NewDisposeScope();
        var state = PyTorchFile.Read(pth);
        state["fc.weight"].shape.ShouldBe([2, 32]);
        state["fc.weight"].dtype.ShouldBe(torch.float32);
        PyTorchFile.ReadMetadata(pth)["classes"].ShouldBe("""["dark","light"]""");
        // A second export keeps it.
        Succeed($"export --weights {pth} --output {folder.In("again.safetensors")}");
        var again = Safetensors.Read(folder.In("again.safetensors"));
        (again["fc.weight"] - state["fc.weight"]).abs().max().item<float>().ShouldBe(0);
        Safetensors.ReadHeader(folder.In("again.safetensors")).Metadata["classes"].ShouldBe("""["dark","light"]""");

        // The ONNX file takes the images as they are.
        string onnx = folder.In("classifier.onnx");
        Succeed($"export --weights {pth} --output {onnx} --preprocess");
        using var session = new InferenceSession(onnx);
        session.ModelMetadata.CustomMetadataMap["classes"].ShouldBe("""["dark","light"]""");
        session.ModelMetadata.CustomMetadataMap["recipe"].ShouldContain("width: 0.0625");
        byte[] images = [.. Enumerable.Repeat((byte)22, 20 * 30 * 3), .. Enumerable.Repeat((byte)228, 20 * 30 * 3)];
        using var input = OrtValue.CreateTensorValueFromMemory(images, [2, 20, 30, 3]);
        using var call = new RunOptions();
        using var results = session.Run(call, ["image"], [input], ["logits"]);
        float[] logits = results[0].GetTensorDataAsSpan<float>().ToArray(); // dark and light crop of the dark image, then of the light one
        logits.Length.ShouldBe(4);
        logits[0].ShouldBeGreaterThan(logits[1]);
        logits[3].ShouldBeGreaterThan(logits[2]);
    }

    [Fact]
    public void Foreign_weights_are_evaluated_the_ImageNet_way_and_the_program_says_so()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(3, torch.CPU);
        using var network = new ResNet(new ResNetOptions { Width = 0.0625 }, 32, generator);
        var state = network.state_dict().ToDictionary(t => "state_dict.module." + t.Key, t => t.Value);
        state["state_dict.projector.weight"] = torch.ones(2);
        string file = folder.In("foreign.pth");
        PyTorchFile.Write(file, state);
        var (exitCode, json, error) = InProcess.Run($"evaluate knn --weights {file} --data builtin --json --threads 1");
        exitCode.ShouldBe(0, error);
        error.ShouldContain("resnet18 × 0.0625, its names without 'state_dict.module.', 1 other tensors ignored (state_dict.projector.weight …)");
        error.ShouldContain("assuming ImageNet's preparation, 32 × 32 pixels, mean 0.485, 0.456, 0.406, deviation 0.229, 0.224, 0.225");
        JsonNode.Parse(json)!["rows"]!.AsArray().Count.ShouldBe(3 * 7);
    }

    // Two classes that differ in brightness; five images of each in train and in test.
    private static void Painted(string root, params (string Class, byte Level)[] classes)
    {
        foreach (string part in (string[])["train", "test"])
        {
            foreach (var (name, level) in classes)
            {
                string place = Path.Combine(root, part, name);
                Directory.CreateDirectory(place);
                for (int i = 0; i < 5; i++)
                {
                    using var bitmap = new SkiaSharp.SKBitmap(16, 16);
                    bitmap.Erase(new SkiaSharp.SKColor((byte)(level + i), level, (byte)(level - i)));
                    using var file = File.Create(Path.Combine(place, $"{i}.png"));
                    bitmap.Encode(file, SkiaSharp.SKEncodedImageFormat.Png, 100);
                }
            }
        }
    }

    private static string Succeed(string arguments)
    {
        var (exitCode, output, error) = InProcess.Run(arguments);
        exitCode.ShouldBe(0, error);
        return output;
    }

    private static List<string> Rows(string arguments)
    {
        string json = Succeed($"evaluate knn {arguments} --data builtin --no-baselines --json --threads 1");
        return [.. JsonNode.Parse(json)!["rows"]!.AsArray().Where(r => (string)r!["features"]! == "encoder").Select(r => r!.ToJsonString())];
    }
}
