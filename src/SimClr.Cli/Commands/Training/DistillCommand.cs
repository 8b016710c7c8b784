using System.CommandLine;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.FineTuning;
using SimClr.Protocols;
using SimClr.Recipes;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr distill</c>: a fine-tuned teacher and unlabelled images in, a student out.</summary>
internal static class DistillCommand
{
    public static Command Create()
    {
        var teacher = new Option<string>("--teacher") { Description = "What finetune's --output named, or a file of weights with a classifier.", HelpName = "DIR|FILE", Required = true };
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var output = new Option<string>("--output") { Description = "The folder for the student's classifier.safetensors and distill.json.", HelpName = "DIR", Required = true };
        var everyday = new (Option<string?> Option, string Key)[]
        {
            (new("--arch") { Description = "The student: resnet18, resnet34, resnet50, resnet101 or resnet152; default the teacher's.", HelpName = "NAME" }, "encoder.arch"),
            (new("--width") { Description = "Factor on the student's channels, 0.0625 to 8; default the teacher's.", HelpName = "X" }, "encoder.width"),
            (new("--temperature") { Description = "T of both softmaxes; default 1, for a student of the teacher's size 0.1.", HelpName = "T" }, "temperature"),
            (new("--epochs") { Description = "Times that every image is shown; default 60.", HelpName = "N" }, "training.epochs"),
            (new("--batch-size") { Description = "Views of a step, even; default 256.", HelpName = "N" }, "training.batch-size"),
            (new("--lr") { Description = "Base learning rate, before it is scaled by the batch.", HelpName = "X" }, "training.optimizer.learning-rate"),
        };
        var set = new Option<string[]>("--set") { Description = "Any other value, for example --set training.optimizer.kind=lars. May be repeated.", HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] };
        var limit = SharedOptions.Limit();
        var seeds = NumberOption.Whole("--seeds", "Repeat with seeds 0 to N − 1 and tell mean and deviation; default 1.", "N", least: 1);
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var command = new Command("distill", "Teach a network of the same or a smaller size what a fine-tuned one says of unlabelled images.") { teacher, data, mirror, output };
        foreach (var (option, _) in everyday) command.Options.Add(option);
        foreach (var option in (Option[])[set, limit, seeds, threads, device, json]) command.Options.Add(option);
        command.SetAction((parsed, outer) => StopSignals.RunAsync(async signals =>
        {
            var terminal = parsed.Terminal();
            OutputPlace.RequireFolder(parsed.GetValue(output)!);
            TrainedClassifier.RequireNone(parsed.GetValue(output)!);
            var source = await ImageSource.FindAsync(parsed.GetValue(data)!, DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, signals.Token);
            source.KeepApart(parsed.GetValue(output));
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var taught = TrainedClassifier.Load(parsed.GetValue(teacher)!, place, terminal);
            var start = new DistillOptions { Encoder = taught.Options.Encoder };
            var options = OptionsBinder.Bind<DistillOptions>(
                Recipe.Parse(OptionsText.ToYaml(start), teacher.Name),
                [
                    .. everyday.Where(e => parsed.GetValue(e.Option) is not null).Select(e => Setting.FromArgument(e.Key, parsed.GetValue(e.Option)!, e.Option.Name)),
                    .. (parsed.GetValue(set) ?? []).Select(Setting.Parse),
                ]);
            signals.Begin();
            var request = new DistillRequest
            {
                Options = options,
                Limit = parsed.GetValue(limit),
                Seeds = parsed.GetValue(seeds) ?? 1,
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
            };
            var (file, report) = new DistillRun(taught, source, request, terminal).Execute(parsed.GetValue(output)!, signals.Token);
            terminal.Result(file);
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
