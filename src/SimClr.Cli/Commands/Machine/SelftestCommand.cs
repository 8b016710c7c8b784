using System.CommandLine;
using SimClr.Pretraining;
using SimClr.Runs;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr selftest</c>: checks that this machine or cluster computes what the documentation states.</summary>
internal static class SelftestCommand
{
    public static Command Create()
    {
        var many = new Option<bool>("--ranks") { Description = "Check that the ranks of this mpirun or srun together compute what one rank computes: loss, gradients and weights over ten steps, and every collective.", Required = true };
        var recipe = RecipeOptions.OfPretraining();
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var command = new Command("selftest", "Check on this machine or cluster what the documentation promises. The exit code is 1 where it does not hold.") { many };
        recipe.AddTo(command);
        foreach (var option in (Option[])[device, json]) command.Options.Add(option);
        command.SetAction((parsed, _) => RankedCommand.RunAsync(ranks =>
        {
            ranks.RequireSame("versions of simclr", () => PretrainRun.Version);
            var terminal = ranks.Of(parsed.Terminal());
            var on = ranks.Prepare(parsed.GetValue(device)!, threads: null);
            using var communicator = ranks.For(on);
            var options = recipe.BindOver(RankSelfTest.Options(ranks.Size), parsed, "selftest");
            var test = RankSelfTest.Run(options, communicator, on);
            var found = new SelftestOutput(test, ranks, options.BatchSize, parsed.GetValue(device)!);
            found.Print(terminal, parsed.GetValue(json));
            return Task.FromResult(test.IsSound ? 0 : ErrorReport.Failure);
        }));
        return command.WithExamples(
            ("Four ranks on this machine", "mpirun -np 4 simclr selftest --ranks"),
            ("A cluster, with the options of a run to come", "srun --mpi=pmix simclr selftest --ranks --device cuda --batch-size 256 --micro-batch-size 64"));
    }
}
