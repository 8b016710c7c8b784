using System.CommandLine;
using SimClr.Cli.Drawing;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Protocols;
using SimClr.RunFolders;
using SimClr.Runs;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr demo</c>: pretrains, evaluates and draws on built-in images in a few minutes.</summary>
internal static class DemoCommand
{
    private const string DefaultRecipe = "demo", Data = "builtin";

    public static Command Create()
    {
        var output = new Option<string?>("--output")
        { Description = "Run folder to create.", HelpName = "DIR" }.WithDefault("runs/demo, or the next free name");
        var recipe = RecipeOptions.OfPretraining(DefaultRecipe, "--epochs");
        var limit = SharedOptions.Limit();
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var command = new Command("demo", "Train and evaluate on built-in images (a few minutes)") { output };
        recipe.AddTo(command);
        foreach (var option in (Option[])[limit, threads, device]) command.Options.Add(option);
        command.SetAction((parsed, outer) => StopSignals.RunAsync(async signals =>
        {
            var terminal = parsed.Terminal();
            var folder = parsed.GetValue(output) is { } named ? new RunFolder(named) : FreeFolder();
            if (folder.Exists)
                throw new InvalidDataException($"{folder.Path} already holds a run. " +
                    $"Choose another --output, or leave it out for the next free name.");
            var automatic = recipe.Automatic(parsed, DefaultRecipe);
            var source = await ImageSource.FindAsync(Data, downloads: null, terminal, signals.Token);
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            var options = automatic.For(source, parsed.GetValue(limit), groupColumn: null, place);
            var run = PretrainRun.Start(folder, source, options, new RunSettings { Limit = parsed.GetValue(limit) }, new PretrainRunOptions
            {
                Messages = terminal,
                Threads = parsed.GetValue(threads),
                Device = Machine.NameOf(place),
                DrawViews = ViewSheet.OfRun,
            });
            signals.Begin(Timeout.InfiniteTimeSpan);
            run.Execute(signals.Token);
            if (signals.ExitCode != 0) return signals.ExitCode;

            using var model = TrainedEncoder.Load(folder.Path, place, terminal);
            using var evaluation = new EncoderEvaluation(model, source, messages: terminal);
            foreach (var report in evaluation.Run())
            {
                terminal.Result(EvaluationTable.Of(report));
                folder.Keep(report);
            }

            var images = source.ForPretraining(null, model.Options.Seed);
            ViewSheet.Of(images, model.Options, images: 8, pairs: 3).Save(folder.In("views.png"));
            LossCurve.SavePng(folder.In("loss.png"), "SimCLR on built-in images",
                [.. MetricsLog.Read(folder).Select(m => new LossCurvePoint(m.Step, m.Loss, m.Top1))]);
            terminal.Result($"views:      {folder.In("views.png")}");
            terminal.Result($"loss curve: {folder.In("loss.png")}");
            terminal.Result($"run:        {folder.Path}");
            return 0;
        }, outer));
        return command.WithDetails("Writes a run folder, its views and its loss curve. No file is needed.").WithExamples(
            ("A first look, in a few minutes", "simclr demo"),
            ("In one minute, to see what happens: too short to learn anything", "simclr demo --epochs 2 --limit 1200"));
    }

    private static RunFolder FreeFolder() =>
        Enumerable.Range(1, int.MaxValue).Select(i =>
            new RunFolder(Path.Combine("runs", i == 1 ? "demo" : $"demo-{i}"))).First(f => !f.Exists);
}
