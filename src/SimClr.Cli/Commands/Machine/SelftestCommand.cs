using System.CommandLine;
using SimClr.Distributed;
using SimClr.Pretraining;
using SimClr.Runs;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr selftest</c>: checks that this machine or cluster computes what the documentation states.</summary>
internal static class SelftestCommand
{
    public static Command Create()
    {
        var many = new Option<bool>("--ranks")
        {
            Description = "Compare the ranks of this mpirun or srun with one rank, instead of the device with the CPU. " +
            "Loss, gradients and weights over ten steps, and every collective."
        };
        var recipe = RecipeOptions.OfPretraining(null, "--batch-size", "--micro-batch-size",
            "--precision", "--image-size", "--arch", "--width");
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var command = new Command("selftest", "Check that a device or several processes compute correctly") { many };
        recipe.AddTo(command);
        foreach (var option in (Option[])[device, json]) command.Options.Add(option);
        command.SetAction((parsed, _) => parsed.GetValue(many)
            ? RankedCommand.RunAsync(ranks => Task.FromResult(Ranks(parsed, ranks))) : Task.FromResult(Device(parsed)));
        return command.WithDetails("Compares the device with the CPU: views, loss, gradients and training steps, also in bf16. " +
            "With --ranks, compares several processes with one. Run it on the machine or cluster before a long run. " +
            "The exit code is 1 if the results differ.").WithExamples(
            ("The GPU of this machine", "simclr selftest --device cuda"),
            ("Four ranks on this machine", "mpirun -np 4 simclr selftest --ranks"),
            ("A cluster, with the options of a planned run",
                "srun --mpi=pmix simclr selftest --ranks --device cuda --batch-size 256 --micro-batch-size 64"));

        int Ranks(ParseResult parsed, Ranks ranks)
        {
            ranks.RequireSame("versions of simclr", () => PretrainRun.Version);
            var terminal = ranks.Of(parsed.Terminal());
            var on = ranks.Prepare(parsed.GetValue(device)!, threads: null);
            using var communicator = ranks.For(on);
            var options = recipe.BindOver(RankSelfTest.Options(ranks.Size), parsed, "selftest");
            var test = RankSelfTest.Run(options, communicator, on);
            var found = new SelftestOutput(test, ranks, options.BatchSize, Machine.NameOf(on));
            found.Print(terminal, parsed.GetValue(json));
            return test.IsSound ? 0 : ErrorReport.Failure;
        }

        int Device(ParseResult parsed)
        {
            var on = Machine.Prepare(parsed.GetValue(device)!, threads: null);
            var options = recipe.BindOver(DeviceSelfTest.Options, parsed, "selftest");
            var test = DeviceSelfTest.Run(options, on);
            new DeviceSelftestOutput(test, options.BatchSize, Machine.NameOf(on)).Print(parsed.Terminal(), parsed.GetValue(json));
            return test.IsSound ? 0 : ErrorReport.Failure;
        }
    }
}
