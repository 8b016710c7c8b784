using System.CommandLine;
using System.Text.Json.Nodes;
using SimClr.Cli.Output;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.IO;
using SimClr.Protocols;
using SimClr.RunFolders;

namespace SimClr.Cli.Commands;

/// <summary>
/// <c>simclr evaluate knn|linear|augmented|all</c>: the accuracy of classifiers on an encoder's features, compared with pixels and an
/// untrained encoder.
/// </summary>
internal static class EvaluateCommand
{
    private enum Solver
    {
        Lbfgs,
        Sgd,
        Adam,
    }

    public static Command Create() => new("evaluate", "Measure an encoder's accuracy on labelled images")
    {
        Protocols("knn", "k nearest neighbours by cosine",
            "k = 10, 20 and 200, with and without weights. Also the k and temperature that are best on held-out training images.",
            _ => [EvaluationProtocol.Knn]),
        Linear(),
        Protocols("augmented", "Linear classifier trained on crops and flips (SimCLR)",
            "SimCLR's linear evaluation: the encoder is frozen, the classifier is trained by SGD.",
            _ => [EvaluationProtocol.Augmented], trains: true),
        Protocols("all", "knn, linear and augmented, one after the other",
            "",
            _ => [EvaluationProtocol.Knn, EvaluationProtocol.Linear, EvaluationProtocol.Augmented], trains: true),
    };

    private static Command Linear()
    {
        var solver = SharedOptions.Choice(
            "--solver", "lbfgs, sgd or adam. lbfgs: softmax regression to its optimum; sgd: SimCLR's rates, 90 epochs; adam: 500 epochs.",
            Solver.Lbfgs).In(HelpGroup.Evaluation);
        var command = Protocols("linear", "Linear classifier on the frozen features",
            "Its hyperparameters are chosen on held-out training images.",
            parsed => [parsed.GetValue(solver) switch
            {
                Solver.Sgd => EvaluationProtocol.LinearSgd,
                Solver.Adam => EvaluationProtocol.LinearAdam,
                _ => EvaluationProtocol.Linear,
            }],
            trains: true);
        command.Options.Add(solver);
        return command;
    }

    private static Command Protocols(string name, string description, string details,
        Func<ParseResult, IReadOnlyList<EvaluationProtocol>> chosen, bool trains = false)
    {
        var weights = SharedOptions.Weights();
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var images = new EvaluatedImages(data, mirror);
        var projection = new Option<bool>("--projection")
        { Description = "Evaluate the projection head's output too." }.In(HelpGroup.Evaluation);
        var noBaselines = new Option<bool>("--no-baselines")
        {
            Description = "Leave out the untrained encoder and the pixels. " +
            "On large data they take most of the time."
        }.In(HelpGroup.Evaluation);
        var seeds = SharedOptions.Seeds("held-out images, order and views");
        var epochs = NumberOption.Whole("--epochs", "Passes over the images of a classifier trained by SGD or Adam.", "N", least: 1)
            .In(HelpGroup.Evaluation).WithDefault("the protocol's");
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var command = new Command(name, description)
            { weights, data, mirror, projection, noBaselines, seeds, threads, device, json };
        foreach (var option in images.Options) command.Options.Add(option);
        if (trains) command.Options.Add(epochs);
        command.SetAction((parsed, cancellationToken) => RankedCommand.RunAsync(async ranks =>
        {
            if (trains && parsed.GetValue(epochs) is not null && chosen(parsed).All(protocol => protocol == EvaluationProtocol.Linear))
                throw new ConfigurationException("--epochs is for --solver sgd and adam: lbfgs goes on to the optimum.");
            var terminal = ranks.Of(parsed.Terminal());
            var source = await ranks.FirstThenOthersAsync(() => images.FindAsync(parsed, terminal, cancellationToken));
            var place = ranks.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var model = TrainedEncoder.Load(parsed.GetValue(weights)!, place, terminal, parsed.GetValue(SharedOptions.TrustScript));
            var request = new EvaluationRequest
            {
                Protocols = chosen(parsed),
                Projection = parsed.GetValue(projection),
                Baselines = !parsed.GetValue(noBaselines),
                Seeds = parsed.GetValue(seeds) ?? 1,
                Epochs = trains ? parsed.GetValue(epochs) : null,
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
            };
            using var evaluation = OptionNames.AsTyped([projection], () => new EncoderEvaluation(model, source, request, terminal, ranks));
            var reports = new List<JsonNode>();
            foreach (var report in evaluation.Run())
            {
                reports.Add(report.ToJson());
                if (!parsed.GetValue(json)) terminal.Result(EvaluationTable.Of(report));
                if (ranks.IsFirst && Below(report) is { } below) terminal.Note(below);
                if (ranks.IsFirst) KeepIn(new RunFolder(parsed.GetValue(weights)!), report, terminal);
            }
            if (parsed.GetValue(json))
                terminal.Verbatim(EvaluationReport.Text(reports.Count == 1 ? reports[0] : new JsonArray([.. reports])));
            return 0;
        }));
        return command.WithDetails(details).WithExamples(
            ("A run, on labelled images", $"simclr evaluate {name} --weights runs/mine --data my-labelled-photos"),
            ("As JSON, without notes", $"simclr evaluate {name} --weights runs/mine --data cifar10 --json --quiet"),
            ("torchvision's weights, to compare with", $"simclr evaluate {name} --weights resnet18.pth --data my-labelled-photos"));
    }

    // By the same classifier, as in simclr runs.
    private static string? Below(EvaluationReport report)
    {
        var own = report.Rows[0];
        var above = report.Rows.Where(row => row.Features is "untrained" or "pixels" && row.Variant == own.Variant)
            .DistinctBy(row => row.Features).Where(row => row.Accuracy.Top1 > own.Accuracy.Top1).MaxBy(row => row.Accuracy.Top1);
        return above is null ? null : $"{report.Title}: the encoder's {Percent.Of(own.Accuracy.Top1)} is below " +
            $"{Percent.Of(above.Accuracy.Top1)} of {(above.Features == "pixels" ? "the pixels" : "the untrained encoder")}.";
    }

    // The run may belong to another user; then only the printed figures remain.
    private static void KeepIn(RunFolder run, EvaluationReport report, Terminal terminal)
    {
        if (!run.Exists) return;
        try
        {
            run.Keep(report);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Warn($"The figures could not be saved in {run.Path}: {e.Message}");
        }
    }
}
