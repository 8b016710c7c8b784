using System.CommandLine;
using SimClr.Datasets;
using SimClr.Pretraining;
using SimClr.Recipes;
using SimClr.Runs;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr doctor</c>: looks at data, options and machine before a long run.</summary>
internal static class DoctorCommand
{
    private const int Sample = 5000;

    public static Command Create()
    {
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var recipe = new RecipeOptions();
        var limit = SharedOptions.Limit();
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var all = new Option<bool>("--all") { Description = $"Decode every image, not a sample of about {Sample}; all are read in any case." };
        var json = SharedOptions.Json();
        var command = new Command("doctor", "Look before a long run: damaged and repeated images, what will be derived, time and memory by a few real steps, and known traps. The exit code is 1 where something must be mended.") { data, mirror };
        recipe.AddTo(command);
        foreach (var option in (Option[])[limit, threads, device, all, json]) command.Options.Add(option);
        command.SetAction((parsed, outer) => StopSignals.RunAsync(async signals =>
        {
            var terminal = parsed.Terminal();
            var source = await ImageSource.FindAsync(parsed.GetValue(data)!, DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, signals.Token);
            var given = OptionsBinder.Bind<PretrainOptions>(recipe.RecipeSettings(parsed), recipe.ArgumentSettings(parsed));
            given.Validate();
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            int workers = parsed.GetValue(threads) ?? Environment.ProcessorCount, most = parsed.GetValue(all) ? int.MaxValue : Sample;
            signals.Begin();
            var images = source.ForPretraining(parsed.GetValue(limit), given.Seed);
            var options = given.For(ImageSource.LargestSide(images));
            terminal.Note("A few steps of training …");
            var trial = images.Count < 2 ? null : TrainingTrial.Of(options, images, place, workers, signals.Token);
            var train = DatasetScan.Of("train", images, most, workers, terminal, signals.Token);
            var test = source.Parts(ImagePart.All) is [_, var (name, held)] ? DatasetScan.Of(name, held, most, workers, terminal, signals.Token) : null;
            var report = new DoctorReport(new DoctorFacts(options, train, test, trial, TrainingTrial.Available(place)));
            report.Print(terminal, parsed.GetValue(json));
            return report.IsSound ? 0 : ErrorReport.Failure;
        }, outer));
        return command.WithExamples(
            ("Before a long run, with the options that it will have", "simclr doctor --data my-photos --recipe imagenet-paper --batch-size 512"),
            ("Decode every image, for a script", "simclr doctor --data my-photos --all --json --quiet"));
    }
}
