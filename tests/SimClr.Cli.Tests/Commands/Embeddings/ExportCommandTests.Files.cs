using SimClr.Models;
using SimClr.Weights;
using TorchSharp;

namespace SimClr.Cli.Tests.Commands;

public sealed partial class ExportCommandTests
{
    [Fact]
    public void Weights_that_are_not_finite_are_refused_by_file_and_tensor_and_nothing_is_written()
    {
        string good = folder.In("good.safetensors"), bad = folder.In("bad.safetensors");
        Succeed($"export --weights {trained.In("runs", "done")} --output {good}");
        using var scope = torch.NewDisposeScope();
        var state = Safetensors.Read(good).ToDictionary();
        state["layer2.0.conv1.weight"][3, 2, 1, 0] = float.NaN; // one of 288; a ReLU hides it
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

    // Weights with metadata: a recipe can neither replace the stack nor build a network that the weights do not belong to.
    [Theory]
    [InlineData("&a [*a]: 1", "w.safetensors, recipe:1: anchors and aliases (&a) are not allowed in a recipe.")]
    [InlineData("temperature: hot", "w.safetensors, recipe:1: temperature must be a number, not 'hot'.")]
    [InlineData("encoder: {arch: resnet152, width: 8}", "w.safetensors: its recipe describes resnet152 × 8, 3 channels, but its weights are of resnet18 × 0.0625, 3 channels.")]
    [InlineData("encoder: {width: 0.0625}\nhead: {layers: 3, hidden-dim: 65536}", "w.safetensors: its recipe has a projection head with a layer of 65536, but its weights do not.")]
    public void A_recipe_in_a_file_of_weights_that_cannot_be_used_is_said_in_one_sentence(string recipe, string sentence)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(3, torch.CPU);
        using var network = new ResNet(new ResNetOptions { Width = 0.0625 }, 32, generator);
        var state = network.state_dict();
        state["head.layers.0.weight"] = torch.ones(8, 32);
        string file = folder.In("w.safetensors");
        Safetensors.Write(file, state, new Dictionary<string, string> { ["recipe"] = recipe });
        var (exitCode, output, error) = InProcess.Run($"export --weights {file} --output {folder.In("out.pth")}");
        (exitCode, output, error.Replace(folder.In(""), "", StringComparison.Ordinal).Replace("/w.", "w.", StringComparison.Ordinal).Replace("\\w.", "w.", StringComparison.Ordinal).Trim()).ShouldBe((1, "", $"simclr: {sentence}"));
    }

    [Fact]
    public void Ignored_tensors_and_guesses_about_foreign_files_are_reported()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(3, torch.CPU);
        using var network = new ResNet(new ResNetOptions { Width = 0.0625 }, 32, generator);
        string file = folder.In("w.safetensors");
        Safetensors.Write(file, new Dictionary<string, torch.Tensor>(network.state_dict()) { ["queue"] = torch.zeros(1, torch.int16) });
        byte[] bytes = File.ReadAllBytes(file);
        int at = bytes.AsSpan().IndexOf("\"queue\":{\"dtype\":\"I16\""u8) + "\"queue\":{\"dtype\":\"".Length;
        "U16"u8.CopyTo(bytes.AsSpan(at));
        File.WriteAllBytes(file, bytes);
        var (exitCode, _, error) = InProcess.Run($"export --weights {file} --output {folder.In("out.pth")}");
        exitCode.ShouldBe(0, error);
        error.ShouldContain("1 objects ignored that are not tensors of a known type (queue of type U16 …)");
        error.ShouldContain("guessed, because names and shapes do not show it: a first convolution of stride 1 without max pooling, no anti-aliasing where it strides, ReLU.");

        Safetensors.Write(file, new Dictionary<string, torch.Tensor>(network.state_dict()) { ["layer1.0.se.weight"] = torch.zeros(1) });
        InProcess.Run($"export --weights {file} --output {folder.In("se.pth")}").ShouldSatisfyAllConditions(
            e => e.ExitCode.ShouldBe(1), e => e.Error.ShouldContain("layer1.0.se.weight belongs to no layer of a resnet18 × 0.0625 here"));
        File.Exists(folder.In("se.pth")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("--output x.bin", 2, "'x.bin' must end in .safetensors, .pth, .pt, .onnx")]
    [InlineData("--output x.pth --preprocess", 2, "--preprocess is for .onnx files")]
    [InlineData("--output x.pth", 1, "neither a zip archive nor a pickle")]
    public void A_failed_export_is_reported_in_one_line_and_leaves_no_file(string arguments, int expected, string sentence)
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

    [Fact]
    public void A_network_of_several_is_embedded_evaluated_finetuned_and_exported_under_a_programs_names()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(1, torch.CPU);
        using var network = new ConvNeXtOptions { Width = 0.0625, Patch = 2 }.Create(32, generator);
        var state = network.state_dict();
        string file = folder.In("both.safetensors"), teacher = $"{file}#teacher", images = folder.In("images");
        Safetensors.Write(file, ((string[])["teacher.", "student."]).SelectMany(p => state.Select(t => (p + t.Key, t.Value))).ToDictionary());
        Painted(images, ("dark", 20), ("light", 230));

        var (exitCode, _, error) = InProcess.Run($"embed --weights {file} --data {images} --output {folder.In("h.npy")} --threads 1");
        exitCode.ShouldBe(1);
        error.ShouldContain($"{file} holds 2 networks, under 'student', 'teacher'. Name one after a #: {file}#student");
        Succeed($"embed --weights {teacher} --data {images} --output {folder.In("h.npy")} --threads 1");
        Succeed($"search --weights {teacher} --data {images} --query {Path.Combine(images, "train", "dark", "0.png")} --threads 1");
        Succeed($"cluster --weights {teacher} --data {images} --clusters 2 --threads 1");
        Succeed($"evaluate knn --weights {teacher} --data {images} --threads 1");
        Succeed($"finetune --weights {teacher} --data {images} --output {folder.In("classifier")} --epochs 1 --batch-size 4 --threads 1");

        string pth = folder.In("timm.pth");
        Succeed($"export --weights {Path.Combine(folder.In("classifier"), "classifier.safetensors")} --output {pth} --names timm");
        var written = PyTorchFile.Read(pth);
        written.ShouldContainKey("stages.2.blocks.8.mlp.fc2.weight");
        written["head.fc.weight"].shape.ShouldBe([2, 48]);
        Succeed($"evaluate knn --weights {pth} --data {images} --threads 1");

        InProcess.Run($"export --weights {teacher} --output {folder.In("x.onnx")} --names timm").Error.ShouldContain("--names is for files of weights: ");
        InProcess.Run($"export --weights {teacher} --output {folder.In("x.pth")} --names keras").Error.ShouldContain("--names takes torchvision or timm, not 'keras'.");
    }

}
