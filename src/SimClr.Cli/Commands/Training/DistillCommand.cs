using System.CommandLine;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.FineTuning;
using SimClr.Protocols;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr distill</c>: trains a student from a fine-tuned teacher and unlabelled images.</summary>
internal static class DistillCommand
{
    public static Command Create()
    {
        var teacher = new Option<string>("--teacher")
        { Description = "Output folder of finetune, or weights with a classifier.", HelpName = "DIR|FILE", Required = true };
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var output = new Option<string>("--output")
        { Description = "Folder for classifier.safetensors and distill.json.", HelpName = "DIR", Required = true };
        var recipe = new RecipeOptions("Any other option, for example training.optimizer.kind=lars. May be repeated.")
            .Add(RecipeOptions.Architecture()
                .WithDefault("the teacher's"), "encoder.arch")
            .Add(RecipeOptions.Text("--width", "Factor on the student's channels, 0.0625 to 8.", "X")
                .WithDefault("the teacher's"), "encoder.width")
            .Add(RecipeOptions.Text("--temperature", "Temperature of both softmaxes. For a student of the teacher's size 0.1 is usual.",
                "T").In(HelpGroup.Training).WithDefault("1"), "temperature")
            .Add(RecipeOptions.Text("--epochs", "Passes over the images.", "N").In(HelpGroup.Training).WithDefault("60"), "training.epochs")
            .Add(RecipeOptions.Text("--batch-size", "Images in a batch.", "N").In(HelpGroup.Training)
                .WithDefault("256"), "training.batch-size")
            .Add(RecipeOptions.Text("--lr", "Base learning rate, before scaling by the batch size.", "X")
                .In(HelpGroup.Training), "training.optimizer.learning-rate");
        var limit = SharedOptions.Limit();
        var seeds = SharedOptions.Seeds("order and views");
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var command = new Command("distill", "Train a smaller classifier to predict like a larger one") { teacher, data, mirror, output };
        recipe.AddTo(command);
        foreach (var option in (Option[])[limit, seeds, threads, device, json]) command.Options.Add(option);
        command.SetAction((parsed, outer) => StopSignals.RunAsync(async signals =>
        {
            var terminal = parsed.Terminal();
            OutputCheck.RequireFolder(parsed.GetValue(output)!);
            TrainedClassifier.RequireNone(parsed.GetValue(output)!);
            var source = await ImageSource.FindAsync(parsed.GetValue(data)!,
                DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, signals.Token);
            source.RequireOutside(parsed.GetValue(output));
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var taught = TrainedClassifier.Load(
                parsed.GetValue(teacher)!, place, terminal, parsed.GetValue(SharedOptions.TrustScript));
            var options = recipe.BindOver(new DistillOptions { Encoder = taught.Options.Encoder }, parsed, teacher.Name);
            options = options with { Encoder = ScriptArgument.Trusted(options.Encoder.CompletedBy(taught.Options.Encoder), parsed) };
            signals.Begin();
            var request = new DistillRequest
            {
                Options = options,
                Limit = parsed.GetValue(limit),
                Seeds = parsed.GetValue(seeds) ?? 1,
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
            };
            var (file, report) = new DistillRun(taught, source, request, terminal).Execute(parsed.GetValue(output)!, signals.Token);
            if (report is null || !parsed.GetValue(json)) terminal.Result(file); // else JSON alone
            if (report is null) terminal.Note("No image has a label. The student was not evaluated.");
            else if (parsed.GetValue(json)) terminal.Verbatim(EvaluationReport.Text(report.ToJson()));
            else terminal.Result(EvaluationTable.Of(report));
            return 0;
        }, outer));
        return command.WithDetails("The student learns from the predictions of a fine-tuned " +
            "teacher for images without labels.").WithExamples(
            ("A student of a quarter of the width",
                "simclr distill --teacher runs/tenth --data my-photos --width 0.25 --output runs/small"),
            ("Self-distillation: the same network again",
                "simclr distill --teacher runs/tenth --data my-photos --temperature 0.1 --output runs/again"));
    }
}
