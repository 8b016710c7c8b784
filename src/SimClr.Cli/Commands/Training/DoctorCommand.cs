using System.CommandLine;
using SimClr.Datasets;
using SimClr.Runs;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr doctor</c>: checks data, options and machine before a long run.</summary>
internal static class DoctorCommand
{
    private const int Sample = 5000;

    public static Command Create()
    {
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var positives = new PositivesOption();
        var recipe = positives.AddTo(RecipeOptions.OfPretraining(AutomaticOptions.DefaultRecipe));
        var limit = SharedOptions.Limit();
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var all = new Option<bool>("--all")
        {
            Description = $"Decode all images, not only about {Sample}. " +
            $"The bytes of all images are read in any case."
        };
        var json = SharedOptions.Json();
        var command = new Command("doctor", "Check images, options and machine before a run") { data, mirror };
        recipe.AddTo(command);
        foreach (var option in (Option[])[limit, threads, device, all, json]) command.Options.Add(option);
        command.SetAction((parsed, outer) => StopSignals.RunAsync(async signals =>
        {
            var terminal = parsed.Terminal();
            var source = await ImageSource.FindAsync(parsed.Places(data)!,
                DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, signals.Token);
            var automatic = recipe.Automatic(parsed); // before libtorch is loaded
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            int workers = parsed.GetValue(threads) ?? Environment.ProcessorCount, most = parsed.GetValue(all) ? int.MaxValue : Sample;
            signals.Begin();
            var given = automatic.For(source, parsed.GetValue(limit), positives.Column(parsed), place);
            given = given with { Encoder = ScriptArgument.Trusted(given.Encoder, parsed) };
            if (automatic.Describe(given) is { } chosen) terminal.Note(chosen);
            var found = new DoctorOutput(Doctor.Examine(source, given, parsed.GetValue(limit),
                positives.Column(parsed), most, place, workers, terminal, signals.Token));
            found.Print(terminal, parsed.GetValue(json));
            return found.IsSound ? 0 : ErrorReport.Failure;
        }, outer));
        return command.WithDetails("Finds damaged and duplicate images and known mistakes, " +
            "and estimates time and memory from a few real steps of pretrain. distill --features takes longer by a forward pass of the " +
            "teacher for each batch. The exit code is 1 if there is a problem.").WithExamples(
            ("Before a long run, with its options", "simclr doctor --data my-photos --recipe imagenet-paper --batch-size 512"),
            ("Decode all images, for a script", "simclr doctor --data my-photos --all --json --quiet"));
    }
}
