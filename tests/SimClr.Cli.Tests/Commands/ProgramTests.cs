using System.Text.Json.Nodes;
using SimClr.Cli.Commands;
using SimClr.Tests;
using SkiaSharp;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed class ProgramTests : IDisposable
{
    private static readonly (string, string) NoLibTorch = ("SIMCLR_LIBTORCH", "/nowhere/lib");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("--help", 0)]
    [InlineData("pretrain --help", 0)]
    [InlineData("evaluate knn --help", 0)]
    [InlineData("embed --help", 0)]
    [InlineData("search --data builtin --query 3", 2)]
    [InlineData("--version", 0)]
    [InlineData("pretrain --nonsense", 2)]
    [InlineData("pretrain --data builtin --output x --set a=1", 2)]
    [InlineData("nonsense", 2)]
    public void Help_and_usage_errors_never_load_libtorch(string arguments, int expected) =>
        Simclr.Run(arguments, NoLibTorch).ExitCode.ShouldBe(expected);

    [Theory]
    [InlineData("pretrian --data builtin", "simclr has no command 'pretrian'. Did you mean pretrain? See `simclr --help`.")]
    [InlineData("pretrain --outptu r --data builtin", "simclr pretrain has no option '--outptu'. Did you mean --output? See `simclr pretrain --help`.")]
    [InlineData("evaluate", "simclr evaluate needs one of these commands: knn, linear, augmented, all. See `simclr evaluate --help`.")]
    [InlineData("evaluate knn", "Option '--weights' is required. Option '--data' is required. See `simclr evaluate knn --help`.")]
    [InlineData("views stray --data builtin --out x.png", "simclr views has no argument 'stray'. See `simclr views --help`.")]
    [InlineData("evaluate lineaer --weights x", "simclr evaluate has no command 'lineaer'. Did you mean linear? See `simclr evaluate --help`.")]
    [InlineData("pretrain --output nowhere --resume", "--data is missing, and {here}/nowhere holds no run to continue. Name a folder of images, or builtin to try it out.")]
    [InlineData("views --data cifra10 --out x.png", "There is no folder cifra10 here, and it is not one of the names builtin, cifar10, cifar100, stl10, fashion-mnist; did you mean cifar10?")]
    [InlineData("evaluate knn --data builtin --weights /usr", "/usr is not a run folder: it has no recipe.yaml and run.json. Name the --output of simclr pretrain, or a file of weights.")]
    [InlineData("pretrain --data builtin --limit 16 --batch-size 16 --image-size 8 --width 0.0625 --output /etc/passwd", "/etc/passwd is a file, but --output must be a folder. Choose another --output.")]
    public void A_mistake_gets_one_line_that_says_what_to_do(string arguments, string sentence)
    {
        if (arguments.Contains(" /usr", StringComparison.Ordinal) || arguments.Contains(" /etc", StringComparison.Ordinal)) Needs.Linux("its folders");
        var (exitCode, output, error) = InProcess.Run(arguments);
        exitCode.ShouldBeInRange(1, 2);
        output.ShouldBe("");
        error.ShouldEndWith($"simclr: {sentence.Replace("{here}/", Environment.CurrentDirectory + Path.DirectorySeparatorChar, StringComparison.Ordinal)}\n");
        if (exitCode == 2) error.Split('\n').Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("--data", "doctor", "--data", "")]
    [InlineData("--data", "pretrain", "--output", "run", "--data", "")]
    [InlineData("--data", "embed", "--weights", "w", "--data", "builtin", "--data", " ", "--output", "h.npy")]
    [InlineData("--output", "cluster", "--data", "builtin", "--clusters", "2", "--output", "", "--weights", "w")]
    [InlineData("--test-data", "evaluate", "knn", "--weights", "w", "--data", "builtin", "--test-data", "")]
    [InlineData("RUN", "health", "")]
    public void An_empty_value_as_of_a_variable_that_is_not_set_is_refused_by_its_name(string name, params string[] arguments)
    {
        var (exitCode, output, error) = InProcess.Run(arguments);
        (exitCode, output).ShouldBe((2, ""));
        error.ShouldStartWith($"simclr: {name}");
        error.ShouldContain(" is empty, and needs a value. See `simclr ");
    }

    [Theory]
    [InlineData("pack --verify . --output x", "--verify packs nothing: leave out --data and --output.")]
    [InlineData("pack --data builtin --output x --quality 30", "--quality is for --short-side: without it every image is packed as it is.")]
    public void An_option_that_would_have_no_effect_is_refused(string arguments, string sentence)
    {
        var (exitCode, _, error) = InProcess.Run(arguments);
        exitCode.ShouldBe(2);
        error.ShouldBe($"simclr: {sentence}\n");
    }

    [Fact]
    public void Folders_without_shards_have_no_checksums()
    {
        File.WriteAllText(folder.In("a.png"), "an image");
        var (exitCode, _, error) = InProcess.Run($"pack --verify {folder.Path}");
        exitCode.ShouldBe(1);
        error.ShouldContain($"{folder.Path} holds no shards (.tar): simclr pack makes them.");
    }

    // every write to /dev/full fails with "no space left"
    [Fact]
    public void A_full_disk_is_reported_with_a_remedy()
    {
        Needs.Linux("/dev/full");
        var full = Should.Throw<IOException>(() => File.WriteAllBytes("/dev/full", [1]));
        ErrorReport.OneLine(full).ShouldContain("/dev/full");
        ErrorReport.OneLine(full).ShouldEndWith(": make room and run the command again. A pretraining run continues from its last checkpoint with --resume.");
        ErrorReport.OneLine(new IOException("else.")).ShouldBe("else.");
    }

    [Fact]
    public void A_wrong_libtorch_is_reported()
    {
        var (exitCode, _, error) = Simclr.Run($"pretrain --data builtin --output {folder.In("run")}", NoLibTorch);
        exitCode.ShouldBe(1);
        error.ShouldContain("SIMCLR_LIBTORCH=/nowhere/lib");
        Directory.Exists(folder.In("run")).ShouldBeFalse();
    }

    [Fact]
    public void Another_libtorch_can_replace_the_packaged_one()
    {
        Needs.Links();
        string other = folder.In("lib");
        Directory.CreateDirectory(other);
        foreach (string file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "libtorch")))
            File.CreateSymbolicLink(Path.Combine(other, Path.GetFileName(file)), file);
        var (exitCode, _, error) = Simclr.Run(
            $"pretrain --data builtin --limit 8 --epochs 1 --image-size 8 --width 0.0625 --batch-size 8 --output {folder.In("run")}", ("SIMCLR_LIBTORCH", other));
        exitCode.ShouldBe(0, error);
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void The_demo_pretrains_evaluates_and_draws()
    {
        string run = folder.In("demo");
        var (exitCode, output, error) = InProcess.Run($"demo --output {run} --epochs 1 --limit 256 --width 0.0625");
        exitCode.ShouldBe(0, error);
        foreach (string name in (string[])["encoder", "untrained", "pixels", "views.png", "loss.png"]) output.ShouldContain(name);
        SKBitmap.Decode(Path.Combine(run, "views.png")).Width.ShouldBeGreaterThan(600);
        SKBitmap.Decode(Path.Combine(run, "loss.png")).ShouldNotBeNull();

        // The demo's folder is an ordinary run folder.
        var (evaluated, json, problem) = InProcess.Run($"evaluate knn --weights {run} --data builtin --projection --json");
        evaluated.ShouldBe(0, problem);
        var report = JsonNode.Parse(json)!;
        ((string)report["protocol"]!).ShouldBe("knn");
        ((string)report["data"]!).ShouldContain("built-in");
        ((string)report["weights"]!).ShouldContain(run);
        var rows = report["rows"]!.AsArray();
        rows.Select(r => (string)r!["features"]!).Distinct().ShouldBe(["encoder", "projection", "untrained", "pixels"]);
        rows.Count.ShouldBe(4 * (3 * 2 + 1)); // each k weighted and unweighted, and the choice on held-out images
        rows.ShouldAllBe(r => (double)r!["top1"]! >= 0 && (double)r["top1"]! <= (double)r["top5"]! && (double)r["top5"]! <= 1);
        rows.Take(6).Select(r => ((int)r!["k"]!, (bool)r["weighted"]!)).ShouldBe([(10, true), (10, false), (20, true), (20, false), (200, true), (200, false)]);
        rows.Where(r => r!["variant"] is not null).ShouldAllBe(r => (string)r!["variant"]! == "chosen" && (double)r["held_out_top1"]! >= 0);
        rows[0]!["confusion"]!.AsArray().Sum(r => r!.AsArray().Sum(n => (long)n!)).ShouldBe(1200); // every test image once
        rows[0]!["per_class"]!.AsObject().Count.ShouldBe(12);
        ((string)report["audit"]!["weights_sha256"]!).Length.ShouldBe(64);
        // twelve classes that differ only in form
        rows.Where(r => (string)r!["features"]! == "pixels").ShouldAllBe(r => (double)r!["top1"]! < 0.2);

        // Weights without a run folder carry their own metadata.
        string weights = Directory.GetDirectories(Path.Combine(run, "checkpoints")).Order().Last() + "/model.safetensors";
        var (single, same, reason) = InProcess.Run($"evaluate knn --weights {weights} --data builtin --json");
        single.ShouldBe(0, reason);
        JsonNode.Parse(same)!["rows"]!.AsArray().Take(6).Select(r => r!.ToJsonString()).ShouldBe(rows.Take(6).Select(r => r!.ToJsonString()));
    }

    [Theory]
    [InlineData("evaluate knn --weights /nowhere --data builtin", "/nowhere does not exist")]
    [InlineData("evaluate linear --weights . --data builtin", "is not a run folder")]
    public void Evaluation_names_what_is_missing(string arguments, string sentence)
    {
        var (exitCode, output, error) = InProcess.Run(arguments);
        exitCode.ShouldBe(1);
        error.ShouldContain(sentence);
        error.Trim().Split('\n').Length.ShouldBe(1);
        output.ShouldBe("");
    }

    [Fact]
    public void Views_draws_the_sheet()
    {
        string sheet = folder.In("sheet.png");
        var (exitCode, output, error) = InProcess.Run($"views --data builtin --out {sheet} --images 3 --pairs 2 --set views.blur-probability=1");
        exitCode.ShouldBe(0, error);
        output.Trim().ShouldBe(sheet);
        SKBitmap.Decode(sheet).Height.ShouldBeGreaterThan(3 * 96);
    }
}
