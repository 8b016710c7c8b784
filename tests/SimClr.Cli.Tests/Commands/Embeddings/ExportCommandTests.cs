using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using SimClr.Models;
using SimClr.Weights;
using TorchSharp;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed class ExportCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private const string Tiny = "--limit 64 --epochs 1 --image-size 16 --width 0.0625 --batch-size 32 --threads 1";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_exported_encoder_is_evaluated_and_trained_on_like_the_run_it_comes_from()
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
        InProcess.Run($"evaluate knn --weights {pth} --data builtin --projection").Error.ShouldContain("has no projection head");

        // Another run starts from it: the network follows the file, and a first step at rate ~0 leaves it as it is.
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
            .ShouldContain("layer1.0.conv1.weight is (4, 4, 3, 3) in the weights and (4, 4, 1, 1) in the network");
    }

    [Fact]
    public void Weights_that_are_not_finite_are_refused_by_file_and_tensor_and_nothing_is_written()
    {
        string good = folder.In("good.safetensors"), bad = folder.In("bad.safetensors");
        Succeed($"export --weights {trained.In("runs", "done")} --output {good}");
        using var scope = torch.NewDisposeScope();
        var state = Safetensors.Read(good).ToDictionary();
        state["layer2.0.conv1.weight"][3, 2, 1, 0] = float.NaN; // one of 288: a ReLU hides it
        Safetensors.Write(bad, state, Safetensors.ReadHeader(good).Metadata);
        foreach (string command in (string[])[$"embed --data builtin --output {folder.In("h.npy")}", "evaluate knn --data builtin", $"export --output {folder.In("e.onnx")}", $"pretrain --data builtin --output {folder.In("second")} {Tiny}"])
        {
            var (exitCode, _, error) = InProcess.Run($"{command} --weights {bad}");
            exitCode.ShouldBe(1, command);
            error.ShouldContain($"{bad}: layer2.0.conv1.weight has 1 of 288 values that are not finite", Case.Sensitive, command);
        }
        File.Exists(folder.In("h.npy")).ShouldBeFalse();
        File.Exists(folder.In("e.onnx")).ShouldBeFalse();
    }

    [Fact]
    public void A_classifier_is_fitted_and_goes_along_with_the_names_of_its_classes()
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
        // It stays when the file is exported again.
        Succeed($"export --weights {pth} --output {folder.In("again.safetensors")}");
        var again = Safetensors.Read(folder.In("again.safetensors"));
        (again["fc.weight"] - state["fc.weight"]).abs().max().item<float>().ShouldBe(0);
        Safetensors.ReadHeader(folder.In("again.safetensors")).Metadata["classes"].ShouldBe("""["dark","light"]""");

        // As ONNX it takes the images as they are.
        string onnx = folder.In("classifier.onnx");
        Succeed($"export --weights {pth} --output {onnx} --preprocess");
        using var session = new InferenceSession(onnx);
        session.ModelMetadata.CustomMetadataMap["classes"].ShouldBe("""["dark","light"]""");
        session.ModelMetadata.CustomMetadataMap["recipe"].ShouldContain("width: 0.0625");
        byte[] images = [.. Enumerable.Repeat((byte)22, 20 * 30 * 3), .. Enumerable.Repeat((byte)228, 20 * 30 * 3)];
        using var input = OrtValue.CreateTensorValueFromMemory(images, [2, 20, 30, 3]);
        using var call = new RunOptions();
        using var results = session.Run(call, ["image"], [input], ["logits"]);
        float[] logits = results[0].GetTensorDataAsSpan<float>().ToArray(); // dark, light of the dark image; dark, light of the light one
        logits.Length.ShouldBe(4);
        logits[0].ShouldBeGreaterThan(logits[1]);
        logits[3].ShouldBeGreaterThan(logits[2]);
    }

    [Fact]
    public void Foreign_weights_are_evaluated_the_ImageNet_way_and_the_program_says_so()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(3, torch.CPU);
        using var network = new ResNet(new EncoderOptions { Width = 0.0625 }, 32, generator);
        var state = network.state_dict().ToDictionary(t => "state_dict.module." + t.Key, t => t.Value);
        state["state_dict.projector.weight"] = torch.ones(2);
        string file = folder.In("foreign.pth");
        PyTorchFile.Write(file, state);
        var (exitCode, json, error) = InProcess.Run($"evaluate knn --weights {file} --data builtin --json --threads 1");
        exitCode.ShouldBe(0, error);
        error.ShouldContain("Resnet18 × 0.0625, its names without 'state_dict.module.', 1 tensors of something else left out (state_dict.projector.weight …)");
        error.ShouldContain("ImageNet's way is taken, 32 × 32 pixels, mean 0.485, 0.456, 0.406, deviation 0.229, 0.224, 0.225");
        JsonNode.Parse(json)!["rows"]!.AsArray().Count.ShouldBe(3 * 7);
    }

    // Weights that say something of themselves: nobody's recipe takes the stack, or makes a network that the weights are not of.
    [Theory]
    [InlineData("&a [*a]: 1", "w.safetensors, recipe:1: anchors and aliases (&a) are not part of a recipe.")]
    [InlineData("temperature: hot", "w.safetensors, recipe:1: temperature must be a number, not 'hot'.")]
    [InlineData("encoder: {arch: resnet152, width: 8}", "w.safetensors: its recipe is of a Resnet152 × 8, 3 channels, and its weights are of a Resnet18 × 0.0625, 3 channels.")]
    [InlineData("encoder: {width: 0.0625}\nhead: {layers: 3, hidden-dim: 65536}", "w.safetensors: its recipe has a projection head with a layer of 65536, and its weights have none.")]
    public void A_recipe_in_a_file_of_weights_that_cannot_be_used_is_said_in_one_sentence(string recipe, string sentence)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(3, torch.CPU);
        using var network = new ResNet(new EncoderOptions { Width = 0.0625 }, 32, generator);
        var state = network.state_dict();
        state["head.layers.0.weight"] = torch.ones(8, 32);
        string file = folder.In("w.safetensors");
        Safetensors.Write(file, state, new Dictionary<string, string> { ["recipe"] = recipe });
        var (exitCode, output, error) = InProcess.Run($"export --weights {file} --output {folder.In("out.pth")}");
        (exitCode, output, error.Replace(folder.In(""), "", StringComparison.Ordinal).Replace("/w.", "w.", StringComparison.Ordinal).Trim()).ShouldBe((1, "", $"simclr: {sentence}"));
    }

    [Fact]
    public void What_was_left_out_of_other_peoples_files_and_what_was_guessed_is_said()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(3, torch.CPU);
        using var network = new ResNet(new EncoderOptions { Width = 0.0625 }, 32, generator);
        string file = folder.In("w.safetensors");
        Safetensors.Write(file, new Dictionary<string, torch.Tensor>(network.state_dict()) { ["queue"] = torch.zeros(1, torch.int16) });
        byte[] bytes = File.ReadAllBytes(file);
        int at = bytes.AsSpan().IndexOf("\"queue\":{\"dtype\":\"I16\""u8) + "\"queue\":{\"dtype\":\"".Length;
        "U16"u8.CopyTo(bytes.AsSpan(at));
        File.WriteAllBytes(file, bytes);
        var (exitCode, _, error) = InProcess.Run($"export --weights {file} --output {folder.In("out.pth")}");
        exitCode.ShouldBe(0, error);
        error.ShouldContain("1 objects that are no tensors of a known type left out (queue of type U16 …)");
        error.ShouldContain("guessed, as names and shapes do not tell it: a first convolution of stride 1 without max pooling, ReLU.");

        Safetensors.Write(file, new Dictionary<string, torch.Tensor>(network.state_dict()) { ["layer1.0.se.weight"] = torch.zeros(1) });
        InProcess.Run($"export --weights {file} --output {folder.In("se.pth")}").ShouldSatisfyAllConditions(
            e => e.ExitCode.ShouldBe(1), e => e.Error.ShouldContain("layer1.0.se.weight belongs to no layer of a Resnet18 here"));
        File.Exists(folder.In("se.pth")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("--output x.bin", 2, "'x.bin' ends in none of .safetensors, .pth, .pt, .onnx")]
    [InlineData("--output x.pth --preprocess", 2, "--preprocess is for .onnx files")]
    [InlineData("--output x.pth", 1, "neither a zip archive nor a pickle")]
    public void What_cannot_be_exported_is_said_in_one_line_and_leaves_no_file(string arguments, int expected, string sentence)
    {
        string damaged = folder.In("damaged.pth");
        File.WriteAllBytes(damaged, [0x80, 9, 9]);
        File.WriteAllBytes(folder.In("text.pth"), [0x80, 2, 0x2e]);
        var (exitCode, output, error) = InProcess.Run($"export --weights {(expected == 1 ? folder.In("text.pth") : damaged)} {arguments.Replace(" x.", $" {folder.In("x.")}", StringComparison.Ordinal)}");
        exitCode.ShouldBe(expected, error);
        error.Replace(folder.In("x."), "x.", StringComparison.Ordinal).ShouldContain(expected == 1 ? "text.pth" : sentence);
        output.ShouldBe("");
        Directory.GetFiles(folder.In("")).Select(Path.GetFileName).ShouldBe(["damaged.pth", "text.pth"], ignoreOrder: true);
    }

    // Two classes told apart by brightness, five images of each in train and in test.
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
        string json = Succeed($"evaluate knn {arguments} --data builtin --json --threads 1");
        return [.. JsonNode.Parse(json)!["rows"]!.AsArray().Where(r => (string)r!["features"]! == "encoder").Select(r => r!.ToJsonString())];
    }
}
