using System.Security.Cryptography;
using System.Text.Json.Nodes;
using SimClr.Checkpoints;
using SimClr.Weights;
using SkiaSharp;
using TorchSharp;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed partial class PretrainCommandTests(PretrainCommandTests.Finished finished) : IClassFixture<PretrainCommandTests.Finished>, IDisposable
{
    private const string Small = "--image-size 16 --width 0.0625 --batch-size 16 --threads 1";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static string CommandTo(string output, string rest = "") => $"pretrain --data builtin --limit 64 --epochs 6 --save-every 2 {Small} --output {output} {rest}";

    private string Command(string output, string rest = "") => CommandTo(folder.In(output), rest);

    private static string WeightsOf(string run) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(run, "checkpoints", "step-000024", "model.safetensors"))));

    [Fact]
    public void A_run_writes_recipe_metrics_events_and_checkpoints()
    {
        finished.Said.ShouldContain("64 images");
        finished.Said.ShouldContain("6 epochs × 4 = 24");
        var lines = File.ReadAllLines(Path.Combine(finished.Run, "metrics.jsonl")).Select(l => JsonNode.Parse(l)!).ToList();
        lines.Select(l => (long)l["step"]!).ShouldBe(Enumerable.Range(1, 24).Select(i => (long)i));
        lines.ShouldAllBe(l => double.IsFinite((double)l["loss"]!) && (double)l["learning_rate"]! >= 0);
        File.ReadAllText(Path.Combine(finished.Run, "recipe.yaml")).ShouldContain("width: 0.0625");
        Directory.GetFiles(Path.Combine(finished.Run, "tensorboard")).Length.ShouldBe(1);
        Directory.GetDirectories(Path.Combine(finished.Run, "checkpoints")).Select(Path.GetFileName).Order().ShouldBe(["step-000020", "step-000022", "step-000024"]);
    }

    [Fact]
    public void Probe_and_kNN_are_shown_and_change_nothing()
    {
        const string Extras = "--set small-crops.count=1 --set loss=decoupled";
        InProcess.Run(Command("plain", Extras)).ExitCode.ShouldBe(0);
        var (exitCode, _, error) = InProcess.Run(Command("watched", Extras + " --online-probe --knn-every 3"));

        exitCode.ShouldBe(0, error);
        error.ShouldContain("1 small crops of 8 × 8");
        error.ShouldContain("decoupled, τ 0.2, 30 negatives");
        error.ShouldMatch(@"probe \d+ % kNN \d+ %");
        Weights("watched").ShouldBe(Weights("plain"));
        var lines = File.ReadAllLines(folder.In("watched", "metrics.jsonl")).Select(l => JsonNode.Parse(l)!).ToList();
        lines.ShouldAllBe(l => (double)l["online_probe"]! >= 0 && (double)l["online_probe"]! <= 1);
        lines.Where(l => l["knn"] is not null).Select(l => (int)l["step"]!).ShouldBe([12, 24]);

        var (refused, _, sentence) = InProcess.Run($"pretrain --output {folder.In("plain")} --resume --online-probe");
        refused.ShouldBe(2);
        sentence.ShouldContain("began without --online-probe");
        Directory.CreateDirectory(folder.In("photos"));
        using (var bitmap = new SKBitmap(20, 20))
        using (var png = bitmap.Encode(SKEncodedImageFormat.Png, 100))
            foreach (int i in (int[])[1, 2]) File.WriteAllBytes(folder.In("photos", $"{i}.png"), png.ToArray());
        InProcess.Run($"pretrain --data {folder.In("photos")} --output {folder.In("no-labels")} --knn-every 1 --batch-size 2").Error.ShouldContain("--knn-every needs labelled images of at least two classes");
    }

    [Theory]
    [InlineData("", 2, "--data is missing")]
    [InlineData("--data /nowhere", 1, "/nowhere does not exist")]
    [InlineData("--data builtin --limit 8 --batch-size 16", 1, "A batch needs 16 images, but")]
    [InlineData("--data builtin --set views.min-scal=1", 2, "Did you mean views.min-scale?")]
    [InlineData("--data builtin --epochs many", 2, "--epochs must be a whole number or auto, not 'many'")]
    [InlineData("--data builtin --temperature 0", 2, "temperature")]
    [InlineData("--data builtin --set memory.size=10", 2, "--set: memory.size: the memory of negatives was removed in 0.2")]
    [InlineData("--data builtin --set loss=dcl", 2, "--set: loss must be nt-xent|decoupled|custom, not 'dcl'.")]
    [InlineData("--data builtin --set loss=custom", 2, "loss: a run with a custom loss is begun and resumed from C#")]
    [InlineData("--data builtin --micro-batch-size -1", 2, "--micro-batch-size: The micro-batch size must be 0 (the whole batch) or at least 1, not -1.")]
    [InlineData("--data builtin --width 0.3", 2, "0.3")]
    [InlineData("--data builtin --recipe nothing", 2, "There is no recipe 'nothing'")]
    [InlineData("--data builtin --recipe cifar-cpu", 2, "There is no recipe 'cifar-cpu'. Did you mean cifar10-cpu? Built-in recipes: ")]
    [InlineData("--data builtin --device tpu", 2, "--device takes auto, cpu, cuda or cuda:N, not 'tpu'")]
    [InlineData("--data builtin --device cuda", 2, "is one without CUDA: build with -p:Torch=cuda")]
    [InlineData("--data builtin --epochs 1 --set epochs=2", 2, "epochs is given twice")]
    [InlineData("--data builtin --nonsense", 2, "--nonsense")]
    [InlineData("--data builtin --keep 0", 2, "--keep must be at least 1")]
    public void Bad_input_gets_one_clear_sentence_and_leaves_nothing(string arguments, int expected, string sentence)
    {
        var (exitCode, output, error) = InProcess.Run($"pretrain --output {folder.In("run")} {arguments}");
        exitCode.ShouldBe(expected, error);
        error.ShouldContain(sentence.Replace("/nowhere", Path.GetFullPath("/nowhere"), StringComparison.Ordinal));
        error.ShouldNotContain("   at ");
        output.ShouldBe("");
        Directory.Exists(folder.In("run")).ShouldBeFalse();
    }

    [Fact]
    public void Damaged_images_are_reported_once_and_are_left_out_or_end_the_run()
    {
        string images = folder.In("photos");
        Directory.CreateDirectory(images);
        using var bitmap = new SKBitmap(20, 20);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        for (int i = 0; i < 20; i++) File.WriteAllBytes(Path.Combine(images, $"{i:d2}.png"), png.ToArray());
        File.WriteAllBytes(Path.Combine(images, "07.png"), png.ToArray()[..40]);

        var (exitCode, _, error) = InProcess.Run($"pretrain --data {images} --epochs 3 --output {folder.In("run")} {Small}");
        exitCode.ShouldBe(0, error);
        error.Split('\n').Count(l => l.Contains("07.png", StringComparison.Ordinal)).ShouldBe(1);
        error.ShouldContain("1 damaged image was skipped");

        var (failed, _, reason) = InProcess.Run($"pretrain --data {images} --epochs 3 --output {folder.In("strict")} --on-bad-image fail {Small}");
        failed.ShouldBe(1);
        reason.Trim().Split('\n')[^1].ShouldContain("07.png");
    }

    [Fact]
    public void Divergence_names_the_step_and_keeps_the_last_good_checkpoint()
    {
        var (exitCode, _, error) = InProcess.Run(Command("run", "--lr 1e30 --set optimizer.warmup-epochs=0 --set head.batch-norm=false"));
        exitCode.ShouldBe(1);
        error.ShouldContain("Training diverged at step");
        error.ShouldContain("Try a smaller learning rate");
    }

    [Fact]
    public void A_far_too_high_learning_rate_leaves_finite_checkpoints_that_can_be_resumed()
    {
        var (exitCode, _, error) = InProcess.Run($"pretrain --data builtin --limit 64 --epochs 60 --save-every 1 {Small} --optimizer adamw --lr 1e6 --output {folder.In("run")}");
        exitCode.ShouldBe(1);
        error.ShouldContain("Training diverged at step");
        string[] files = Directory.GetFiles(folder.In("run", "checkpoints"), "*.safetensors", SearchOption.AllDirectories);
        files.Length.ShouldBe(6);
        using var scope = torch.NewDisposeScope();
        foreach (string file in files)
        {
            foreach (var (name, values) in Safetensors.Read(file).Where(t => t.Value.is_floating_point())) values.isfinite().all().item<bool>().ShouldBeTrue($"{file}: {name}");
        }
        // the newest checkpoint is complete, and of the step before
        error.ShouldContain($"step {new CheckpointStore(folder.In("run", "checkpoints"), 3).LoadNewest()!.Step + 1}:");
    }

    [Fact]
    public void Black_images_collapse_and_this_is_reported_once()
    {
        string images = folder.In("black");
        Directory.CreateDirectory(images);
        using var bitmap = new SKBitmap(20, 20);
        bitmap.Erase(SKColors.Black);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        for (int i = 0; i < 32; i++) File.WriteAllBytes(Path.Combine(images, $"{i:d2}.png"), png.ToArray());

        var (exitCode, _, error) = InProcess.Run($"pretrain --data {images} --epochs 3 --output {folder.In("run")} {Small}");
        exitCode.ShouldBe(0, error);
        error.Split('\n').Where(l => l.Contains("collapse", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldStartWith("warning: step 1: collapse: all projections are nearly the same");
        File.ReadLines(folder.In("run", "metrics.jsonl")).Select(l => (double)JsonNode.Parse(l)!["top1"]!).ShouldBe([0, 0, 0, 0, 0, 0]);

        var health = InProcess.Run($"health {folder.In("run")} --threads 1 --json");
        health.Error.ShouldContain("collapse: 100 % of the rows are all zero");
        // of identical points; a uniform sphere would have -4
        ((double)JsonNode.Parse(health.Output)!["rows"]![0]!["uniformity"]!).ShouldBe(0);
    }
}
