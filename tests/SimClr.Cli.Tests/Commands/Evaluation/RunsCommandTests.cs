using System.Text.Json.Nodes;
using SimClr.RunFolders;
using SimClr.Tests;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed partial class RunsCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    private static JsonArray Runs(string arguments)
    {
        var (exitCode, output, error) = InProcess.Run($"runs {arguments} --json");
        (exitCode, error).ShouldBe((0, ""));
        return JsonNode.Parse(output)!["runs"]!.AsArray();
    }

    [Fact]
    public void Quiet_commands_print_only_their_result()
    {
        trained.Said.ShouldBe((0, "", ""));
        (trained.Evaluated.ExitCode, trained.Evaluated.Error).ShouldBe((0, ""));
        File.ReadAllText(trained.In("runs", "done", "evaluations", "knn.json")).ShouldBe(trained.Evaluated.Output);
    }

    [Fact]
    public void A_list_shows_states_best_figures_and_problems()
    {
        // Stopped: the last checkpoint is missing, and a kill truncated the last line of the metrics. Running: a process holds the lock.
        var stopped = trained.Copy("list/group/stopped");
        Directory.Delete(stopped.In("checkpoints/step-000004"), recursive: true);
        File.AppendAllText(stopped.MetricsFile, "{\"step\":5,\"lo");
        using var held = trained.Copy("list/running").Hold();
        File.WriteAllText(trained.Copy("list/bad-recipe").RecipeFile, "temperature: hot\n");
        File.Delete(trained.Copy("list/no-settings").In("run.json"));
        File.WriteAllText(trained.Copy("list/bad-report").In("evaluations/knn.json"), "{}");

        trained.Copy("list/done");
        string list = trained.In("runs", "list");
        var runs = Runs(list).ToDictionary(r => TestFolder.Relative(list, (string)r!["run"]!), r => r!.AsObject());
        runs.ToDictionary(r => r.Key, r => ((string)r.Value["state"]!, (long)r.Value["step"]!)).ShouldBe(new Dictionary<string, (string, long)>
        {
            ["bad-recipe"] = ("damaged", 0),
            ["bad-report"] = ("damaged", 0),
            ["done"] = ("finished", 4),
            ["group/stopped"] = ("stopped", 3),
            ["no-settings"] = ("damaged", 0),
            ["running"] = ("running", 4),
        }, ignoreOrder: true);
        ((string)runs["bad-recipe"]["problem"]!).ShouldContain("temperature must be a number, not 'hot'");
        ((string)runs["no-settings"]["problem"]!).ShouldContain("run.json");
        ((string)runs["bad-report"]["problem"]!).ShouldContain("knn.json is not a report of simclr evaluate");

        var (done, last) = (runs["done"], JsonNode.Parse(File.ReadLines(trained.In("runs", "done", "metrics.jsonl")).Last())!);
        ((long)done["total_steps"]!, (int)done["epochs"]!, (string)done["encoder"]!).ShouldBe((4, 2, "resnet18 × 0.0625"));
        ((double)done["loss"]!, (double)done["contrastive_top1"]!).ShouldBe(((double)last["loss"]!, (double)last["top1"]!));
        double first = JsonNode.Parse(trained.Evaluated.Output)!["rows"]!.AsArray().Select(r => (double)r!["top1"]!).First();
        var evaluated = done["evaluations"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)evaluated["protocol"]!, (string)evaluated["data"]!).ShouldBe(("knn", (string)JsonNode.Parse(trained.Evaluated.Output)!["data"]!));
        ((double)evaluated["top1"]!).ShouldBe(first); // not the best row: that one would be chosen on the test set
        ((long)done["bytes"]!).ShouldBe(Directory.GetFiles(Path.Combine(list, "done"), "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length));
        ((double)runs["group/stopped"]["loss"]!).ShouldBe((double)last["loss"]!);

        // The table shows the same, one line per run, whatever its length. A single run can be listed by its path.
        var (exitCode, table, error) = InProcess.Run($"runs {list}");
        (exitCode, error).ShouldBe((0, ""));
        var line = table.Replace('\\', '/').Split('\n').First(l => l.Contains("group/stopped", StringComparison.Ordinal));
        foreach (string part in (string[])["stopped 3/4", "resnet18 × 0.0625", $"{first * 100:f2}", "built-in train", "kB"]) line.ShouldContain(part);
        table.ShouldContain("knn.json is not a report");
        Runs(trained.In("runs", "done")).Count.ShouldBe(1);
    }

    // A run folder with any content is listed, and the message names the file that is damaged.
    [Fact]
    public void No_content_of_a_run_folder_breaks_the_list()
    {
        var folder = trained.Copy("torn");
        string[] contents = ["", "null", "[]", "{}", "1", "\"x\"", "{\"rows\":null}", "{\"rows\":[1,null]}", "{\"rows\":[{\"features\":1,\"top1\":\"x\"}]}", "a: [", "\0\u0001{", "- 1\n- 2", "batch-size: 0", "{\"step\":1,\"loss\":\"x\",\"top1\":null}"];
        foreach (string name in (string[])["recipe.yaml", "run.json", "evaluations/knn.json", "metrics.jsonl"])
        {
            byte[] whole = File.ReadAllBytes(folder.In(name));
            foreach (byte[] content in contents.Select(System.Text.Encoding.UTF8.GetBytes).Append(whole[..(whole.Length / 2)]).Append([0xFF, 0xFE, 0x00, 0xD8]))
            {
                File.WriteAllBytes(folder.In(name), content);
                var run = RunSummary.Find(folder.Path).Single();
                run.Bytes.ShouldBeGreaterThan(0);
                if (run.State == RunState.Damaged) run.Problem!.ShouldContain(name[(name.LastIndexOf('/') + 1)..]);
                else (run.State, name).ShouldBeOneOf((RunState.Finished, "metrics.jsonl"), (RunState.Finished, "recipe.yaml"), (RunState.Stopped, "recipe.yaml"));
            }
            File.WriteAllBytes(folder.In(name), whole);
            RunSummary.Find(folder.Path).Single().State.ShouldBe(RunState.Finished);
        }
    }

    // In a separate process, because a stack overflow ends the process.
    [Fact]
    public void A_run_whose_recipe_would_overflow_the_stack_is_listed_beside_the_others()
    {
        File.WriteAllText(trained.Copy("bombs/a").RecipeFile, "&a [*a]: 1");
        File.WriteAllText(trained.Copy("bombs/b").RecipeFile, string.Concat(Enumerable.Repeat("{a: ", 20_000)));
        File.WriteAllText(trained.Copy("bombs/c").In("run.json"), string.Concat(Enumerable.Repeat("[", 100_000)));
        File.WriteAllText(trained.Copy("bombs/d").In("evaluations/knn.json"), "{\"rows\":[{\"features\":\"encoder\",\"features\":\"x\"}]}");
        File.AppendAllText(trained.Copy("bombs/e").MetricsFile, "{\"step\":4,\"step\":4,\"loss\":1,\"top1\":1}\n");
        var (exitCode, output, error) = Simclr.Run($"runs {trained.In("runs", "bombs")} --json");
        (exitCode, error).ShouldBe((0, ""));
        var runs = JsonNode.Parse(output)!["runs"]!.AsArray();
        runs.Select(r => (string)r!["state"]!).ShouldBe(["damaged", "damaged", "damaged", "damaged", "finished"]);
        string[] said = ["a/recipe.yaml:1: anchors and aliases (&a)", "b/recipe.yaml:1: maps and lists are nested", "c/run.json is damaged", "d/evaluations/knn.json is not a report"];
        foreach (var (run, sentence) in runs.Zip(said)) ((string)run!["problem"]!).Replace('\\', '/').ShouldContain(sentence);
    }

    [Fact]
    public void A_run_in_training_is_not_trained_by_another_process()
    {
        var folder = trained.Copy("busy");
        using (folder.Hold())
        {
            var (exitCode, _, error) = Simclr.Run($"pretrain --output {folder.Path} --resume --threads 1 --quiet");
            exitCode.ShouldBe(1);
            error.Trim().ShouldBe($"simclr: Another process is training in {folder.Path}. Wait for it, stop it, or choose another --output.");
        }
        folder.IsHeld.ShouldBeFalse();
        using var again = folder.Hold();
        folder.IsHeld.ShouldBeTrue();
    }
}
