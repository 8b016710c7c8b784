using System.Text.Json.Nodes;

namespace SimClr.Cli.Tests.Commands;

public sealed partial class PretrainCommandTests
{
    private string Weights(string run) => WeightsOf(folder.In(run));

    private long Steps(string run) => File.Exists(folder.In(run, "metrics.jsonl")) ? File.ReadLines(folder.In(run, "metrics.jsonl")).Count() : 0;

    [Theory]
    [Trait("Duration", "Long")]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    [InlineData("HUP", 129)]
    [InlineData("KILL", 137)]
    [InlineData("KILL", 137, "--micro-batch-size 6")]
    public void A_stopped_run_goes_on_to_the_same_weights(string signal, int expected, string rest = "")
    {
        string straight = rest.Length == 0 ? finished.Run : folder.In("straight");
        if (rest.Length > 0) InProcess.Run(Command("straight", rest)).ExitCode.ShouldBe(0);
        var (stopped, _, said) = Simclr.Stopped(Command("stopped", rest), signal, () => Steps("stopped") >= 5, () => Directory.Delete(folder.In("stopped"), recursive: true));
        stopped.ShouldBe(expected, said);
        Steps("stopped").ShouldBeInRange(5, 24);

        var (exitCode, _, error) = InProcess.Run(Command("stopped", "--resume"));

        exitCode.ShouldBe(0, error);
        Weights("stopped").ShouldBe(WeightsOf(straight));
        Steps("stopped").ShouldBe(24);
        Losses(straight).ShouldBe(Losses(folder.In("stopped")));
    }

    private static List<double> Losses(string run) => [.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(l => (double)JsonNode.Parse(l)!["loss"]!)];

    [Fact]
    public void A_damaged_newest_checkpoint_falls_back_to_the_one_before()
    {
        TemporaryFolder.Copy(finished.Run, folder.In("run"));
        string newest = folder.In("run", "checkpoints", "step-000024", "model.safetensors");
        File.WriteAllBytes(newest, File.ReadAllBytes(newest)[..^100]);

        var (exitCode, _, error) = InProcess.Run(Command("run", "--resume"));

        exitCode.ShouldBe(0, error);
        error.ShouldContain("step-000024 is damaged");
        error.ShouldContain("Continuing after step 22");
        Weights("run").ShouldBe(WeightsOf(finished.Run));
    }

    [Fact]
    public void A_run_is_neither_overwritten_nor_resumed_with_other_options()
    {
        TemporaryFolder.Copy(finished.Run, folder.In("run"));
        string before = Weights("run");

        var (again, _, error) = InProcess.Run(Command("run"));
        again.ShouldBe(1);
        error.Trim().ShouldEndWith("already holds a run. Continue it with --resume, or choose another --output.");

        InProcess.Run(Command("run", $"--resume --weights {folder.In("run")}")).Error.ShouldContain("the run began from random weights, and goes on from its own.");
        var (other, _, difference) = InProcess.Run(Command("run", "--resume --temperature 0.1"));
        other.ShouldBe(2);
        difference.ShouldContain("temperature: 0.2");
        difference.ShouldContain("temperature: 0.1");
        Weights("run").ShouldBe(before);
    }

    /// <summary>A finished run, shared by tests; a test that changes it takes a copy.</summary>
    public sealed class Finished : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Finished()
        {
            var (exitCode, _, error) = InProcess.Run(CommandTo(Run));
            exitCode.ShouldBe(0, error);
            Said = error;
        }

        internal string Run => folder.In("run");

        internal string Said { get; }

        public void Dispose() => folder.Dispose();
    }
}
