using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using SimClr.Recipes;
using SimClr.Runs;
using TorchSharp;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr selftest</c>: whether what is promised holds on this cluster.</summary>
internal static class SelftestCommand
{
    private const int Steps = 10, ImagesOfRank = 8;
    private const double Tolerance = 1e-5, Float32Tolerance = 1e-4;

    public static Command Create()
    {
        var many = new Option<bool>("--ranks") { Description = "Whether the ranks of this mpirun or srun together compute what one rank computes: loss, gradients and weights over ten steps, and every collective.", Required = true };
        var recipe = new RecipeOptions();
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
            var defaults = Recipe.Parse(OptionsText.ToYaml(Defaults(ranks.Size)), "selftest");
            var given = recipe.RecipeSettings(parsed);
            var options = OptionsBinder.Bind<PretrainOptions>([.. defaults.ExceptBy(given.Select(g => g.Key), d => d.Key), .. given], recipe.ArgumentSettings(parsed));
            options.Validate();
            var data = new BuiltInImages(DatasetPart.Pretraining);
            options = options.For(ImageSource.LargestSide(data));
            bool collectives = CollectivesCheck.Holds(communicator, on);
            var exact = RankComparison.Of(options, data, communicator, on, torch.float64, Steps);
            var single = RankComparison.Of(options, data, communicator, on, torch.float32, Steps);
            bool sound = collectives && IsWithin(exact, Tolerance) && IsWithin(single, Float32Tolerance);
            if (parsed.GetValue(json))
            {
                terminal.Verbatim(new JsonObject
                {
                    ["sound"] = sound,
                    ["ranks"] = ranks.Size,
                    ["hosts"] = ranks.Hosts,
                    ["batch"] = options.BatchSize,
                    ["collectives"] = collectives,
                    ["float64"] = Json(exact),
                    ["float32"] = Json(single),
                }.ToJsonString(CommandOutput.Indented));
            }
            else
            {
                terminal.Result($"{ranks.Size} ranks on {ranks.Hosts} host{(ranks.Hosts == 1 ? "" : "s")}, {parsed.GetValue(device)}; collectives {(collectives ? "right" : "WRONG")}");
                terminal.Result($"{Steps} steps with a batch of {options.BatchSize}, by all ranks together and by rank 0 alone; largest deviations:");
                terminal.Result(Line("float64, ten steps on end", exact, Tolerance));
                terminal.Result(Line("float32, each step from the same weights", single, Float32Tolerance));
            }
            return Task.FromResult(sound ? 0 : CommandLine.Failure);
        }));
        return command.WithExamples(
            ("Four ranks on this machine", "mpirun -np 4 simclr selftest --ranks"),
            ("A cluster, with the options of a run to come", "srun --mpi=pmix simclr selftest --ranks --device cuda --batch-size 256 --micro-batch-size 64"));
    }

    private static bool IsWithin(RankComparison d, double tolerance) => d.Loss <= tolerance && d.Gradients <= tolerance && d.Weights <= tolerance;

    private static JsonObject Json(RankComparison d) => new()
    {
        ["loss"] = d.Loss,
        ["gradients"] = d.Gradients,
        ["weights"] = d.Weights,
    };

    private static string Line(string how, RankComparison d, double tolerance) => string.Create(
        CultureInfo.InvariantCulture, $"  {how,-42} loss {d.Loss:0.0e-0}   gradients {d.Gradients:0.0e-0}   weights {d.Weights:0.0e-0}   {(IsWithin(d, tolerance) ? $"all within {tolerance:0e-0}" : $"NOT within {tolerance:0e-0}")}");

    // Small enough for any machine; what is asked for goes before.
    private static PretrainOptions Defaults(int ranks) => new()
    {
        Preprocessing = new() { ImageSize = 16 },
        BatchSize = ImagesOfRank * ranks,
        Encoder = new EncoderOptions { Width = 0.125 },
        Optimizer = new OptimizerOptions { WarmupEpochs = 0 },
    };
}
