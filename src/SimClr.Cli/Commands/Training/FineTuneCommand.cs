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
        var images = new EvaluatedImages(data, mirror);
        var output = new Option<string>("--output")
        { Description = "Folder for classifier.safetensors, labels.txt and finetune.json.", HelpName = "DIR", Required = true };
        var labels = new Option<string>("--labels")
        {
            Description = "Labels to use: a share of each class, a number, or a file. 1% or 10%: " +
                "a share of each class; 25: images of each class; a file: a training image on each line.",
            HelpName = "SHARE|N|FILE",
            DefaultValueFactory = _ => "100%",
        };
        labels.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && LabelledImages.IsUnknown(result.Tokens[0].Value))
                result.AddError($"--labels takes a share such as 1%, a number of images of each class, " +
                    $"or a file, not '{result.Tokens[0].Value}'.");
        });
        var protocol = SharedOptions.Choice(
            "--protocol", "v1 (SGD) or v2 (LARS). v1: Nesterov momentum, rate 0.05 · B/256 (SimCLR, B.5); v2: " +
                "rate 0.005 · √B, from the head's first layer (SimCLR v2).", Protocol.V1).In(HelpGroup.Training);
        var headLayers = NumberOption.Whole("--head-layers", "Classify from this layer of the projection head. 0 is the encoder's output.",
            "N", least: 0).In(HelpGroup.Training).ForFew().WithDefault("0; with v2 1");
        var probeFirst = new Option<bool>("--probe-first")
        {
            Description = "Start the classification layer from a linear probe, " +
            "not from 0. Better with few labels."
        }.In(HelpGroup.Training);
        var recipe = new RecipeOptions("Any other option, for example training.classifier-rate=10. May be repeated.")
            .Add(headLayers, "head-layers")
            .Add(probeFirst, "probe-first")
            .Add(NumberOption.Whole("--epochs", "Passes over the images.", "N", least: 1).In(HelpGroup.Training)
                .WithDefault("30"), "training.epochs")
            .Add(NumberOption.Whole("--batch-size", "Images in a batch.", "N", least: 2).In(HelpGroup.Training)
                .WithDefault("256; with v2 1024"), "training.batch-size")
            .Add(NumberOption.Positive("--lr", "Base learning rate, before scaling by the batch size.", "X")
                .In(HelpGroup.Training), "training.optimizer.learning-rate")
            .Add(RecipeOptions.Text("--freeze", "Stages of the encoder that are not trained. stem, layer1, … layer4, or modules by " +
                "name, with commas between; all: only the classification layer is trained.", "NAMES")
                .In(HelpGroup.Training), "training.freeze")
            .Add(RecipeOptions.Text("--layer-decay", "Factor on the learning rate from each stage to the one before it, in (0, 1].", "D")
                .In(HelpGroup.Training).WithDefault("1"), "training.optimizer.layer-decay")
            .Add(NumberOption.Whole("--patience", "Stop after N epochs without a better held-out accuracy.", "N", least: 1)
                .In(HelpGroup.Training).WithDefault("never"), "training.patience");
        var seeds = SharedOptions.Seeds("labels, order and views");
        var noScratch = new Option<bool>("--no-scratch")
        { Description = "Do not train the same network from scratch to compare with." }.In(HelpGroup.Evaluation);
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var command = new Command("finetune", "Train a classifier from an encoder and labels")
        {
            weights, data, mirror, output, labels, protocol,
        };
        recipe.AddTo(command);
        foreach (var option in (Option[])[.. images.Options, seeds, noScratch, threads, device, json]) command.Options.Add(option);
        command.SetAction((parsed, outer) => StopSignals.RunAsync(async signals =>
        {
            var terminal = parsed.Terminal();
            var options = recipe.BindOver(parsed.GetValue(protocol) == Protocol.V2
                ? FineTuneOptions.V2 : FineTuneOptions.V1, parsed, protocol.Name);
            options.Training.Validate();
            OutputCheck.RequireFolder(parsed.GetValue(output)!);
            TrainedClassifier.RequireNone(parsed.GetValue(output)!);

            var source = await images.FindAsync(parsed, terminal, signals.Token);
            source.RequireOutside(parsed.GetValue(output));
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var model = TrainedEncoder.Load(parsed.GetValue(weights)!, place, terminal, parsed.GetValue(SharedOptions.TrustScript));
            signals.Begin();
            var request = new FineTuneRequest
            {
                Labels = parsed.GetValue(labels)!,
                Options = options,
                Seeds = parsed.GetValue(seeds) ?? 1,
                Scratch = !parsed.GetValue(noScratch),
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
            };
            var (file, report) = OptionNames.AsTyped([labels, headLayers, probeFirst], () =>
                new FineTuneRun(model, source, request, terminal).Execute(parsed.GetValue(output)!, signals.Token));
            if (parsed.GetValue(json))
            {
                terminal.Verbatim(EvaluationReport.Text(report.ToJson()));
                return 0;
            }
            terminal.Result(file);
            terminal.Result(EvaluationTable.Of(report));
            return 0;
        }, outer));
        return command.WithDetails("With all or few labels, beside the same network trained from scratch.").WithExamples(
            ("With a tenth of the labels", "simclr finetune --weights runs/mine --data my-labelled-photos " +
                "--labels 10% --output runs/tenth"),
            ("SimCLR v2's protocol with 1 % of the labels, three seeds", "simclr finetune " +
                "--weights runs/mine --data cifar10 --labels 1% --protocol v2 --epochs 60 --seeds 3 --output runs/hundredth"),
            ("The first two stages frozen, early layers slower than late ones", "simclr finetune " +
                "--weights runs/mine --data my-labelled-photos --labels 1% --freeze stem,layer1 --layer-decay 0.7 --output runs/careful"),
            ("Five labels of each class", "simclr finetune --weights runs/mine --data my-labelled-photos " +
                "--labels 5 --probe-first --batch-size 64 --output runs/five"));
    }
}
