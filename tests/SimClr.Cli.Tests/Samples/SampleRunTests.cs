using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Cli.Tests.Commands;
using SimClr.Datasets;
using SimClr.Images;
using SimClr.Tests;

namespace SimClr.Cli.Tests.Samples;

/// <summary>The samples that train, and the commands that use their files.</summary>
[Trait("Duration", "Long")]
public sealed class SampleRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_killed_run_resumes_to_the_bytes_of_an_uninterrupted_one_and_the_program_opens_it()
    {
        var (exitCode, output, error) = SampleProgram.Run("Pretrain", folder.In("whole"), "2");
        exitCode.ShouldBe(0, error);
        output.ShouldContain("step 60 of 60: loss");
        output.ShouldContain("h: 1920 × 128; kNN top-1");

        using (var killed = new SampleProgram("Pretrain", folder.In("halves"), "2"))
        {
            killed.Output.ReadLine().ShouldStartWith("step 30 of 60"); // the checkpoint of step 30 may be complete or incomplete
            killed.Kill();
        }
        SampleProgram.Run("Pretrain", folder.In("halves"), "2").Output.ShouldContain("step 60 of 60: loss");
        foreach (string file in (string[])["model.safetensors", "optimizer.safetensors"])
            File.ReadAllBytes(Path.Combine(Newest("halves"), file)).ShouldBe(File.ReadAllBytes(Path.Combine(Newest("whole"), file)));

        Simclr($"evaluate knn --weights {folder.In("whole")} --data builtin").ShouldContain("encoder");
        Simclr($"embed --weights {folder.In("whole")} --data builtin --output {folder.In("h.npy")}");
        Simclr($"report {folder.In("whole")} --data builtin --output {folder.In("report.html")}");
        File.ReadAllText(folder.In("report.html")).ShouldContain("built-in");
        var refused = InProcess.Run($"pretrain --output {folder.In("whole")} --resume");
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("The images of this run came from a program (");

        Embeds();
        Evaluates();
    }

    // A run folder, a .safetensors file and a torchvision .pth file. Its output for one image equals the program's file.
    private void Embeds()
    {
        var image = folder.In("a.png");
        File.WriteAllBytes(image, ImageEncoder.Png(new BuiltInImages(DatasetPart.Test, count: 1).Read(0)));
        Simclr($"export --weights {folder.In("whole")} --output {folder.In("encoder.safetensors")}");
        Simclr($"export --weights {folder.In("whole")} --output {folder.In("encoder.pth")}");
        foreach (string weights in (string[])[folder.In("whole"), folder.In("encoder.safetensors"), folder.In("encoder.pth")])
        {
            var (exitCode, output, error) = SampleProgram.Run("Embed", weights, image, image);
            exitCode.ShouldBe(0, error);
            output.ShouldContain("h has 128 values, images are 32 × 32");
            output.ShouldContain("the same from a stream: True");
            output.ShouldContain("a.png: cosine to the first 1.0000");
            output.ShouldContain("240 × 128, mean norm");
        }
    }

    [Fact]
    public void Torchvisions_weights_embed_images()
    {
        string weights = folder.In("resnet18.pth"), image = folder.In("a.png");
        Python.Run($"import torch, torchvision; torch.save(torchvision.models.resnet18().state_dict(), '{weights}')");
        File.WriteAllBytes(image, ImageEncoder.Png(new BuiltInImages(DatasetPart.Test, count: 1).Read(0)));
        var (exitCode, output, error) = SampleProgram.Run("Embed", weights, image);
        exitCode.ShouldBe(0, error);
        output.ShouldContain("h has 512 values, images are 224 × 224");
        output.ShouldContain("not said by the file, taken as usual: images of 224 × 224 pixels");
    }

    private void Evaluates()
    {
        string labelled = folder.In("labelled");
        var images = new BuiltInImages(DatasetPart.Test, count: 240);
        for (int i = 0; i < images.Count; i++)
        {
            Directory.CreateDirectory(Path.Combine(labelled, images.Classes[images.Label(i)]));
            File.WriteAllBytes(Path.Combine(labelled, images.Classes[images.Label(i)], $"{i}.png"), ImageEncoder.Png(images.Read(i)));
        }
        var (exitCode, output, error) = SampleProgram.Run("Evaluate", folder.In("whole"), labelled);
        exitCode.ShouldBe(0, error);
        string[] printed = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];

        var expected = new List<string>();
        foreach (var report in JsonNode.Parse(Simclr($"evaluate all --weights {folder.In("whole")} --data {labelled} --epochs 4 --json"))!.AsArray())
            expected.AddRange(report!["rows"]!.AsArray().Select(row => Line($"{report["protocol"]} ", row!)));
        Simclr($"finetune --weights {folder.In("whole")} --data {labelled} --labels 10% --epochs 8 --batch-size 64 --output {folder.In("tuned-too")}");
        expected.AddRange(JsonNode.Parse(File.ReadAllText(folder.In("tuned-too", "finetune.json")))!["rows"]!.AsArray().Select(row => Line("", row!)));
        printed.ShouldBe(expected);

        static string Line(string protocol, JsonNode row) => string.Create(
            CultureInfo.InvariantCulture, $"{protocol}{row["features"]} {row["variant"]}: top-1 {(double)row["top1"]!:p2}");
    }

    [Fact]
    public void Rows_of_a_SQLite_file_are_used_for_pretraining_and_evaluation()
    {
        var (exitCode, output, error) = SampleProgram.Run("OwnData", folder.In("pictures.db"), folder.In("run"));
        exitCode.ShouldBe(0, error);
        output.ShouldContain("step 10: loss");
        output.ShouldContain("pixels");
        File.Exists(folder.In("run", "metrics.jsonl")).ShouldBeTrue();
        Simclr($"runs {folder.Path}").ShouldContain("pictures.db");
    }

    [Fact]
    public void A_custom_encoder_is_pretrained_and_the_program_says_how_to_open_it()
    {
        string output = Run("OwnEncoder", folder.In("run"));
        output.ShouldContain("step 90 of 90: loss");
        output.ShouldContain("h has 128 values; unused, layers.0.weight");
        output.ShouldContain("encoder chosen: kNN top-1");
        Run("OwnEncoder", folder.In("run")).ShouldNotContain("step "); // already finished

        var refused = InProcess.Run($"embed --weights {folder.In("run")} --data builtin --output {folder.In("h.npy")}");
        (refused.ExitCode, refused.Error.Trim().Split('\n')[^1]).ShouldBe((2, $"simclr: {folder.In("run")}, step 90 has the custom encoder small-convolutions: open it from C# (TrainedEncoder.Load(path, encoder))."));
        Simclr($"report {folder.In("run")} --data builtin --output {folder.In("report.html")}");
    }

    [Fact]
    public void A_custom_loss_learns_the_labels() => Run("OwnLoss", folder.In("run")).ShouldContain("step 90: loss");

    [Theory]
    [InlineData]
    [InlineData("tensors")]
    public void A_custom_augmentation_works_with_threads_and_with_tensors(params string[] form)
    {
        Run("OwnAugmentation", [folder.In("run"), .. form]).ShouldContain("step 90: loss");
        File.ReadAllText(folder.In("run", "run.json")).ShouldContain("\"cutout 8\"");
    }

    private static string Run(string sample, params string[] arguments) => Output(SampleProgram.Run(sample, arguments));

    private static string Simclr(string arguments) => Output(InProcess.Run(arguments));

    private static string Output((int ExitCode, string Output, string Error) ended)
    {
        ended.ExitCode.ShouldBe(0, ended.Error);
        return ended.Output;
    }

    private string Newest(string run) => Directory.GetDirectories(folder.In(run, "checkpoints")).Order(StringComparer.Ordinal).Last();
}
