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
        var teacher = new Option<string>("--teacher") { Description = "What finetune's --output named, or a file of weights with a classifier.", HelpName = "DIR|FILE", Required = true };
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var output = new Option<string>("--output") { Description = "The folder for the student's classifier.safetensors and distill.json.", HelpName = "DIR", Required = true };
        var recipe = new RecipeOptions("Any other value, for example --set training.optimizer.kind=lars.")
            .Add(RecipeOptions.Text("--arch", "The student: resnet18, resnet34, resnet50, resnet101 or resnet152; default the teacher's.", "NAME"), "encoder.arch")
            .Add(RecipeOptions.Text("--width", "Factor on the student's channels, 0.0625 to 8; default the teacher's.", "X"), "encoder.width")
            .Add(RecipeOptions.Text("--temperature", "T of both softmaxes; default 1, for a student of the teacher's size 0.1.", "T"), "temperature")
            .Add(RecipeOptions.Text("--epochs", "Epochs; default 60.", "N"), "training.epochs")
            .Add(RecipeOptions.Text("--batch-size", "Images of a step; default 256.", "N"), "training.batch-size")
            .Add(RecipeOptions.Text("--lr", "Base learning rate, before it is scaled by the batch.", "X"), "training.optimizer.learning-rate");
        var limit = SharedOptions.Limit();
        var seeds = NumberOption.Whole("--seeds", "Repeat with seeds 0 to N − 1 and report mean and standard deviation; default 1.", "N", least: 1);
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var command = new Command("distill", "Train a student, a network of the same or a smaller size, to predict what a fine-tuned teacher predicts for unlabelled images.") { teacher, data, mirror, output };
        recipe.AddTo(command);
        foreach (var option in (Option[])[limit, seeds, threads, device, json]) command.Options.Add(option);
        command.SetAction((parsed, outer) => StopSignals.RunAsync(async signals =>
        {
            var terminal = parsed.Terminal();
            OutputCheck.RequireFolder(parsed.GetValue(output)!);
            TrainedClassifier.RequireNone(parsed.GetValue(output)!);
            var source = await ImageSource.FindAsync(parsed.GetValue(data)!, DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, signals.Token);
            source.RequireOutside(parsed.GetValue(output));
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var taught = TrainedClassifier.Load(parsed.GetValue(teacher)!, place, terminal);
            var options = recipe.BindOver(new DistillOptions { Encoder = taught.Options.Encoder }, parsed, teacher.Name);
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
            if (report is null) terminal.Note("No image has a label: the student was not scored.");
            else if (parsed.GetValue(json)) terminal.Verbatim(EvaluationReport.Text(report.ToJson()));
            else terminal.Result(EvaluationTable.Of(report));
            return 0;
        }, outer));
        return command.WithExamples(
            ("A student of a quarter of the width", "simclr distill --teacher runs/tenth --data my-photos --width 0.25 --output runs/small"),
            ("Self-distillation: the same network again", "simclr distill --teacher runs/tenth --data my-photos --temperature 0.1 --output runs/again"));
    }
}
