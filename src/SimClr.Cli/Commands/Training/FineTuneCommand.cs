using System.CommandLine;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.FineTuning;
using SimClr.Protocols;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary>
/// <c>simclr finetune</c>: trains a classifier from a pretrained encoder and some labels, and compares it with the same network from
/// scratch.
/// </summary>
internal static class FineTuneCommand
{
    private enum Protocol
    {
        V1,
        V2,
    }

    public static Command Create()
    {
        var weights = SharedOptions.Weights();
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var output = new Option<string>("--output") { Description = "The folder for classifier.safetensors, labels.txt and finetune.json.", HelpName = "DIR", Required = true };
        var labels = new Option<string>("--labels")
        {
            Description = "How many labels are used: a share of each class (1%, 10%, 100%), images of each class (25), or a file with a training image on every line.",
            HelpName = "SHARE|N|FILE",
            DefaultValueFactory = _ => "100%",
        };
        labels.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && LabelledImages.IsUnknown(result.Tokens[0].Value))
                result.AddError($"--labels takes a share such as 1%, a number of images per class, or a file, not '{result.Tokens[0].Value}'.");
        });
        var protocol = SharedOptions.Choice(
            "--protocol", "v1: SGD with Nesterov momentum, 0.05 · B/256 (SimCLR, B.5); v2: LARS, 0.005 · √B, from the head's first layer (SimCLR v2).", Protocol.V1);
        var headLayers = NumberOption.Whole("--head-layers", "Classify from this layer of the projection head; 0 is the encoder's output. Default: 0, with v2 1.", "N", least: 0);
        var probeFirst = new Option<bool>("--probe-first") { Description = "Start the classification layer where a linear probe has its optimum, not at 0: better where labels are few." };
        var recipe = new RecipeOptions("Any other value, for example --set training.classifier-rate=10.")
            .Add(headLayers, "head-layers")
            .Add(probeFirst, "probe-first")
            .Add(NumberOption.Whole("--epochs", "Epochs; default 30.", "N", least: 1), "training.epochs")
            .Add(NumberOption.Whole("--batch-size", "Images of a step; default 256, with v2 1024.", "N", least: 2), "training.batch-size")
            .Add(NumberOption.Positive("--lr", "Base learning rate, before it is scaled by the batch.", "X"), "training.optimizer.learning-rate")
            .Add(RecipeOptions.Text("--freeze", "Stages of the encoder that stay as they are: stem, layer1, … layer4, or modules by name, with commas between; all: only the classification layer is trained.", "NAMES"), "training.freeze")
            .Add(RecipeOptions.Text("--layer-decay", "Factor on the rate from each stage of the encoder to the one before it, in (0, 1]; default 1.", "D"), "training.optimizer.layer-decay")
            .Add(NumberOption.Whole("--patience", "End after so many epochs without a better held-out accuracy; default never.", "N", least: 1), "training.patience");
        var seeds = NumberOption.Whole("--seeds", "Repeat with seeds 0 to N − 1 (labels, order, views) and report mean and standard deviation; default 1.", "N", least: 1);
        var noScratch = new Option<bool>("--no-scratch") { Description = "Leave out the same network from scratch." };
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var command = new Command("finetune", "Train a classifier from a pretrained encoder with all or few labels, and show what pretraining gained.")
        {
            weights, data, mirror, output, labels, protocol,
        };
        recipe.AddTo(command);
        foreach (var option in (Option[])[seeds, noScratch, threads, device, json]) command.Options.Add(option);
        command.SetAction((parsed, outer) => StopSignals.RunAsync(async signals =>
        {
            var terminal = parsed.Terminal();
            var options = recipe.BindOver(parsed.GetValue(protocol) == Protocol.V2 ? FineTuneOptions.V2 : FineTuneOptions.V1, parsed, protocol.Name);
            options.Training.Validate();
            OutputCheck.RequireFolder(parsed.GetValue(output)!);
            TrainedClassifier.RequireNone(parsed.GetValue(output)!);

            var source = await ImageSource.FindAsync(parsed.GetValue(data)!, DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, signals.Token);
            source.RequireOutside(parsed.GetValue(output));
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var model = TrainedEncoder.Load(parsed.GetValue(weights)!, place, terminal);
            signals.Begin();
            var request = new FineTuneRequest
            {
                Labels = parsed.GetValue(labels)!,
                Options = options,
                Seeds = parsed.GetValue(seeds) ?? 1,
                Scratch = !parsed.GetValue(noScratch),
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
            };
            var (file, report) = OptionNames.AsTyped([labels, headLayers, probeFirst], () => new FineTuneRun(model, source, request, terminal).Execute(parsed.GetValue(output)!, signals.Token));
            if (parsed.GetValue(json))
            {
                terminal.Verbatim(EvaluationReport.Text(report.ToJson()));
                return 0;
            }
            terminal.Result(file);
            terminal.Result(EvaluationTable.Of(report));
            return 0;
        }, outer));
        return command.WithExamples(
            ("What a tenth of the labels is worth", "simclr finetune --weights runs/mine --data my-labelled-photos --labels 10% --output runs/tenth"),
            ("SimCLR v2's way with 1 %, three times", "simclr finetune --weights runs/mine --data cifar10 --labels 1% --protocol v2 --epochs 60 --seeds 3 --output runs/hundredth"),
            ("The first two stages as they are, early layers slower than late ones", "simclr finetune --weights runs/mine --data my-labelled-photos --labels 1% --freeze stem,layer1 --layer-decay 0.7 --output runs/careful"),
            ("Five labels of each class", "simclr finetune --weights runs/mine --data my-labelled-photos --labels 5 --probe-first --batch-size 64 --output runs/five"));
    }
}
