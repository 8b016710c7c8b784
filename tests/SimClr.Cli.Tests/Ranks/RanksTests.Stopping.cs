using System.Diagnostics;
using System.Text.Json.Nodes;
using SimClr.Cli.Tests.Commands;
using SimClr.RunFolders;
using SimClr.Runtime;
using TorchSharp;

namespace SimClr.Cli.Tests.Ranks;

public sealed partial class RanksTests
{
    private const int Steps = 24;

    private List<JsonNode> Log(string run) => [.. File.ReadLines(folder.In(run, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)];

    private int StepsOf(string run) => File.Exists(folder.In(run, "metrics.jsonl")) ? File.ReadLines(folder.In(run, "metrics.jsonl")).Count() : 0;

    [Fact]
    public void A_killed_rank_ends_the_job_and_another_number_of_ranks_resumes_to_the_same_result()
    {
        Mpirun.Require();
        LibTorch.Load();
        Simclr.Run(Pretrain("straight")).ExitCode.ShouldBe(0);
        var killed = new List<string>();
        foreach (var (ranks, victim) in ((int, int)[])[(2, 1), (4, 2), (2, 0)])
        {
            using var run = Mpirun.Start(ranks, Pretrain("killed", "--resume"));
            int before = StepsOf("killed");
            while (!run.HasEnded && StepsOf("killed") < Math.Min(Steps - 2, before + 3)) Thread.Sleep(2);
            Thread.Sleep(7 * victim); // anywhere in a step or a save
            if (run.HasEnded) break;
            run.Signal("KILL", victim);
            var clock = Stopwatch.StartNew();
            var (exitCode, _, error) = run.End();
            if (exitCode == 0) break; // it ended before the signal came
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
            error.ShouldMatch($@"process rank {victim}\b[^\n]* on node \S+ exited on signal 9");
            killed.Add(error);
            using var scope = torch.NewDisposeScope();
            var problems = new List<string>();
            new RunFolder(folder.In("killed")).Checkpoints().LoadNewest(new Listener(problems.Add)).ShouldNotBeNull();
            problems.ShouldBeEmpty();
        }
        killed.Count.ShouldBeGreaterThan(0);

        var (ended, _, said) = Simclr.Run(Pretrain("killed", "--resume"));

        ended.ShouldBe(0, said);
        var (expected, actual) = (Log("straight"), Log("killed"));
        actual.Select(line => (long)line["step"]!).ShouldBe(Enumerable.Range(1, Steps).Select(step => (long)step));
        for (int i = 0; i < Steps; i++) ((double)actual[i]["loss"]!).ShouldBe((double)expected[i]["loss"]!, 1e-4, $"step {i + 1}");
    }

    [Theory]
    [InlineData("INT", null)] // mpirun forwards it as TERM and has its own exit code
    [InlineData("TERM", 1)]
    public void A_signal_to_the_job_or_to_one_rank_stops_all_after_the_same_step_with_a_checkpoint(string signal, int? rank)
    {
        Mpirun.Require();
        using var run = Mpirun.Start(2, Pretrain("stopped", epochs: 400), "--mca odls_base_sigkill_timeout 5");
        while (!run.HasEnded && StepsOf("stopped") < 3) Thread.Sleep(2);
        run.Signal(signal, rank);
        var (exitCode, _, error) = run.End();
        if (rank is not null) exitCode.ShouldBe(143, error);
        int steps = StepsOf("stopped");
        error.ShouldContain($"Stopped after step {steps} of 1600. Continue with --resume");
        Directory.Exists(folder.In("stopped", "checkpoints", $"step-{steps:d6}")).ShouldBeTrue();
    }

    private sealed class Listener(Action<string> add) : IProgress<string>
    {
        public void Report(string value) => add(value);
    }
}
