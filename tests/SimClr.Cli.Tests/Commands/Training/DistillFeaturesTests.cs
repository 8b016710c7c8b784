using System.Text.Json.Nodes;
using SimClr.RunFolders;

namespace SimClr.Cli.Tests.Commands;

/// <summary><c>simclr distill --features</c>.</summary>
[Collection(InProcess.Name)]
public sealed class DistillFeaturesTests(TrainedRun trained) : IClassFixture<TrainedRun>, IDisposable
{
    private const string Tiny = "--data builtin --limit 64 --epochs 2 --save-every 1 --batch-size 32 --threads 1 --quiet";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Teacher => trained.In("runs", "done");

    private static string Refused(string arguments)
    {
        var (exitCode, output, error) = InProcess.Run(arguments);
        (exitCode is 1 or 2).ShouldBeTrue(error);
        output.ShouldBe("");
        error.ShouldNotContain("   at ");
        return error;
    }

    [Fact]
    public void A_student_is_a_run_with_the_images_of_its_teacher_that_every_command_opens()
    {
        string run = folder.In("student");
        InProcess.Run($"distill --features --teacher {Teacher} {Tiny} --width 0.125 --output {run}").ExitCode.ShouldBe(0);

        var saved = new RunFolder(run);
        var (settings, options) = (saved.ReadSettings(), saved.ReadOptions());
        settings.Teacher!.Source.ShouldBe($"{Teacher}, step 4");
        (settings.Loss, options.ImageSize, options.Head.OutputDim).ShouldBe(("teacher-features", 16, 32));
        File.ReadAllLines(saved.MetricsFile).Length.ShouldBe(4);
        InProcess.Run($"evaluate knn --weights {run} --data builtin --threads 1 --json --quiet").ExitCode.ShouldBe(0);
        InProcess.Run($"export --weights {run} --output {folder.In("s.safetensors")} --quiet").ExitCode.ShouldBe(0);
        InProcess.Run($"report {run} --output {folder.In("r.html")} --quiet").ExitCode.ShouldBe(0);
        File.ReadAllText(folder.In("r.html")).ShouldContain("SHA-256");

        InProcess.Run($"distill --features --teacher {Teacher} {Tiny} --width 0.125 --output {run} --resume").ExitCode.ShouldBe(0); // done already
        Refused($"pretrain --output {run} --resume").ShouldContain("is resumed with no teacher. Resume it with that one (simclr distill --features");
        Refused($"distill --features --teacher {run} {Tiny} --width 0.125 --output {run} --resume").ShouldContain("is resumed with the teacher");
        Refused($"distill --features --teacher {Teacher} {Tiny} --output {run}").ShouldContain("already holds a run");
    }

    [Theory]
    [InlineData("--teacher absent", "absent does not exist")]
    [InlineData("--teacher TEACHER --channels 1", "encoder.channels: the student takes images of 1 channels, but the teacher")]
    [InlineData("--teacher TEACHER --seeds 2", "--seeds cannot be used with --features.")]
    [InlineData("--teacher TEACHER --json", "--json cannot be used with --features.")]
    [InlineData("--teacher TEACHER --set head.layers=3", "--set: head.layers cannot be set with --features")]
    [InlineData("--teacher TEACHER --teacher-images 4", "--teacher-images takes a side of 8 to 1024 pixels")]
    public void What_cannot_be_distilled_is_refused_in_one_sentence(string arguments, string why)
    {
        Refused($"distill --features {Tiny} --output {folder.In("run")} {arguments.Replace("TEACHER", Teacher, StringComparison.Ordinal)}").ShouldContain(why);
        Directory.Exists(folder.In("run", "checkpoints")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("--resume")]
    [InlineData("--recipe demo")]
    [InlineData("--knn-every 1")]
    [InlineData("--seed 1")]
    [InlineData("--teacher-images 32")]
    public void Without_features_what_belongs_to_them_is_refused(string option) =>
        Refused($"distill --teacher {Teacher} --data builtin --output {folder.In("run")} {option}").ShouldContain($"{option.Split(' ')[0]} cannot be used without --features.");

    // The options of the other kind of distillation have other keys.
    [Fact]
    public void Without_features_options_still_reach_the_training_of_the_classifier()
    {
        string tuned = folder.In("tuned"), student = folder.In("student");
        InProcess.Run($"finetune --weights {Teacher} --data builtin --output {tuned} --epochs 1 --threads 1 --quiet --no-scratch").ExitCode.ShouldBe(0);
        InProcess.Run($"distill --teacher {tuned} --data builtin --limit 64 --output {student} --epochs 2 --batch-size 32 --lr 0.1 --width 0.125 --threads 1 --quiet").ExitCode.ShouldBe(0);
        var options = JsonNode.Parse(File.ReadAllText(Path.Combine(student, "distill.json")))!["parameters"]!["options"]!;
        ((int)options["training"]!["epochs"]!, (int)options["training"]!["batch_size"]!, (double)options["training"]!["optimizer"]!["learning_rate"]!, (double)options["encoder"]!["width"]!).ShouldBe((2, 32, 0.1, 0.125));
    }
}
