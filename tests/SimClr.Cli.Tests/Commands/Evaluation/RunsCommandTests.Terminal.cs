using System.Text.Json.Nodes;
using SkiaSharp;

namespace SimClr.Cli.Tests.Commands;

public sealed partial class RunsCommandTests
{
    [Fact]
    public void Without_a_run_one_line_says_how_to_start_one()
    {
        var (exitCode, output, error) = InProcess.Run($"runs {Directory.CreateDirectory(trained.In("empty")).FullName}");
        (exitCode, output).ShouldBe((0, ""));
        error.ShouldContain("Start one with simclr pretrain --output runs/NAME.");
        Runs(trained.In("empty")).ShouldBeEmpty();
        InProcess.Run($"runs {trained.In("nowhere")}").ShouldBe((1, "", $"simclr: {trained.In("nowhere")} does not exist. Name the folder that holds your run folders.\n"));
    }

    [Fact]
    public void Escape_sequences_go_only_to_terminals_that_support_them()
    {
        const char Escape = '\x1b';
        const string List = "runs runs/done";
        string here = trained.In();
        Shell.OnTerminal(here, List).ShouldContain($"{Escape}[");
        Shell.OnTerminal(here, List, ("NO_COLOR", "")).ShouldContain($"{Escape}[");
        foreach (string command in (string[])[List, $"pretrain --output watched --data builtin --limit 16 --epochs 1 --image-size 16 --width 0.0625 --batch-size 16 --threads 1", "pretrain --nonsense", "--help"])
        {
            string plain = Shell.OnTerminal(here, command, ("NO_COLOR", "1"));
            plain.ShouldNotBeEmpty();
            plain.ShouldNotContain(Escape, command);
        }
        Shell.OnTerminal(here, List, ("TERM", "dumb")).ShouldNotContain(Escape);
        // Not even if a service declares that its log shows colours.
        Simclr.Run($"runs {trained.In("runs", "done")}", ("TERM", "xterm-256color"), ("GITHUB_ACTIONS", "true")).Output.ShouldNotContain(Escape);
    }

    [Fact]
    public void On_a_narrow_terminal_a_run_is_still_one_line()
    {
        var run = trained.Copy("narrow/cifar10-a");
        var report = JsonNode.Parse(File.ReadAllText(run.In("evaluations/knn.json")))!;
        report["rows"] = new JsonArray(report["rows"]![0]!.DeepClone()); // there is no baseline to be below
        File.WriteAllText(run.In("evaluations/knn.json"), report.ToJsonString());
        Directory.Delete(run.In("checkpoints/step-000004"), recursive: true);
        string[] lines = Shell.OnTerminal(trained.In("runs"), "runs narrow", ("NO_COLOR", "1")).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        lines.ShouldAllBe(l => l.Length <= 80);
        lines.Length.ShouldBe(4); // the header, a rule, the run and, for lack of space on a line below it, the data of its figure
        lines[3].ShouldBe("narrow/cifar10-a: built-in train");
        lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["run", "state", "loss", "top-1", "kNN", "linear", "size", "ago"]);
        lines[2].ShouldStartWith("narrow/cifar10-a");
        lines[2].ShouldContain("stopped 3/4");
    }

    [Fact]
    public void The_projector_gets_points_classes_and_thumbnails()
    {
        string folder = trained.Copy("projected").Path;
        var (exitCode, output, error) = InProcess.Run($"projector --weights {folder} --data builtin --images 30 --threads 1");
        exitCode.ShouldBe(0, error);
        output.Trim().ShouldBe(Path.Combine(folder, "tensorboard"));
        string[] rows = File.ReadAllLines(Path.Combine(folder, "tensorboard", "metadata.tsv"));
        rows.Length.ShouldBe(1 + 30);
        rows[0].ShouldBe("class\timage");
        // h of an encoder × 0.0625
        File.ReadAllLines(Path.Combine(folder, "tensorboard", "tensors.tsv")).Select(l => l.Split('\t').Length).ShouldBe(Enumerable.Repeat(32, 30));
        using var sprite = SKBitmap.Decode(Path.Combine(folder, "tensorboard", "sprite.png"));
        File.ReadAllText(Path.Combine(folder, "tensorboard", "projector_config.pbtxt")).ShouldContain($"single_image_dim: {sprite.Width / 6} ");
        sprite.Height.ShouldBe(sprite.Width);

        var (missing, _, sentence) = InProcess.Run($"projector --weights {trained.In("x.pth")} --data builtin");
        missing.ShouldBe(2);
        sentence.ShouldContain("--output is missing");
    }
}
