using System.Text.Json.Nodes;

namespace SimClr.Cli.Tests.Commands;

/// <summary>What <c>pretrain</c> chooses where nothing is said: told first, written into the run, and kept when it is resumed.</summary>
[Collection(InProcess.Name)]
public sealed class PretrainDefaultsTests : IDisposable
{
    private const string Small = "--limit 48 --epochs 2 --image-size 16 --width 0.0625 --threads 1";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Chosen_values_are_told_written_and_kept()
    {
        string run = folder.In("run");
        var (exitCode, _, error) = InProcess.Run($"pretrain --data builtin {Small} --device cpu --output {run}");
        exitCode.ShouldBe(0, error);
        error.Split('\n')[0].ShouldBe("Chosen automatically: recipe photos, batch size 32, precision fp32, warm-up 0.07 epochs. Options on the command line replace these.");
        string recipe = File.ReadAllText(Path.Combine(run, "recipe.yaml"));
        foreach (string line in (string[])["epochs: 2", "batch-size: 32", "precision: fp32", "temperature: 0.2", "stem: small-stride2", "learning-rate: 0.24"]) recipe.ShouldContain(line);
        recipe.ShouldNotContain("auto");
        ((string)JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["device"]!).ShouldBe("cpu");

        (exitCode, _, error) = InProcess.Run($"pretrain --resume --output {run} --batch-size auto --precision auto");
        exitCode.ShouldBe(0, error);
        error.ShouldContain("Continuing after step 2.");
        error.ShouldNotContain("Chosen automatically");
    }

    [Fact]
    public void The_recipe_of_the_library_has_its_defaults()
    {
        string run = folder.In("run");
        var (exitCode, _, error) = InProcess.Run($"pretrain --data builtin --recipe library {Small} --batch-size 16 --output {run}");
        exitCode.ShouldBe(0, error);
        error.ShouldNotContain("Chosen automatically");
        string recipe = File.ReadAllText(Path.Combine(run, "recipe.yaml"));
        foreach (string line in (string[])["temperature: 0.5", "stem: small", "min-scale: 0.08"]) recipe.ShouldContain($"{line}\n");
    }

    [Fact]
    public void Other_options_for_a_run_are_refused_with_the_way_that_works()
    {
        string run = folder.In("run");
        InProcess.Run($"pretrain --data builtin {Small} --output {run} --quiet").ExitCode.ShouldBe(0);
        var (exitCode, _, error) = InProcess.Run($"pretrain --resume --epochs 9 --output {run}");
        exitCode.ShouldBe(2);
        error.Trim().ShouldBe($"simclr: --resume: the run in {run} has 'epochs: 2', but the command line has 'epochs: 9'. "
            + $"A run continues with the options that it began with. To change them, start a new run from its weights: --weights {run} --output NEW.");
        InProcess.Run($"pretrain --data builtin --weights {run} --limit 48 --epochs 3 --output {folder.In("new")} --threads 1").ExitCode.ShouldBe(0); // and it does work
    }
}
