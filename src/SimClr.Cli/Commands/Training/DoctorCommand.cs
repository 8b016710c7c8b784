using System.CommandLine;
using SimClr.Datasets;
using SimClr.Pretraining;
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
        var recipe = positives.AddTo(RecipeOptions.OfPretraining());
        var limit = SharedOptions.Limit();
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var all = new Option<bool>("--all") { Description = $"Decode every image, not a sample of about {Sample}; all are read in any case." };
        var json = SharedOptions.Json();
        var command = new Command("doctor", "Check data, options and machine before a long run: damaged and duplicate images, derived options, time and memory estimated from a few real steps, and known mistakes. The exit code is 1 where something must be mended.") { data, mirror };
        recipe.AddTo(command);
        foreach (var option in (Option[])[limit, threads, device, all, json]) command.Options.Add(option);
        command.SetAction((parsed, outer) => StopSignals.RunAsync(async signals =>
        {
            var terminal = parsed.Terminal();
            var source = await ImageSource.FindAsync(parsed.GetValue(data)!, DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, signals.Token);
            var given = recipe.Bind<PretrainOptions>(parsed);
            given.Validate(); // before libtorch is loaded
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            int workers = parsed.GetValue(threads) ?? Environment.ProcessorCount, most = parsed.GetValue(all) ? int.MaxValue : Sample;
            signals.Begin();
            var found = new DoctorOutput(Doctor.Examine(source, given, parsed.GetValue(limit), positives.Column(parsed), most, place, workers, terminal, signals.Token));
            found.Print(terminal, parsed.GetValue(json));
            return found.IsSound ? 0 : ErrorReport.Failure;
        }, outer));
        return command.WithExamples(
            ("Before a long run, with the options that it will have", "simclr doctor --data my-photos --recipe imagenet-paper --batch-size 512"),
            ("Decode every image, for a script", "simclr doctor --data my-photos --all --json --quiet"));
    }
}
