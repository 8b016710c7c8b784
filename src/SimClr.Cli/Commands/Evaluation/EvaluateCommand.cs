using System.CommandLine;
using System.Text.Json.Nodes;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
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

    public static Command Create() => new("evaluate", "Measure an encoder's accuracy on labelled images.")
    {
        Protocols("knn", "k nearest neighbours by cosine, k = 10, 20 and 200, weighted as in Wu et al. and not; and the k and temperature that held-out training images choose.",
            _ => [EvaluationProtocol.Knn]),
        Linear(),
        Protocols("augmented", "SimCLR's linear evaluation: the encoder frozen, a linear classifier trained by SGD on crops and flips of the training images.",
            _ => [EvaluationProtocol.Augmented], trains: true),
        Protocols("all", "kNN, the linear classifier on cached features and the one on augmented images, one after the other.",
            _ => [EvaluationProtocol.Knn, EvaluationProtocol.Linear, EvaluationProtocol.Augmented], trains: true),
    };

    private static Command Linear()
    {
        var solver = SharedOptions.Choice(
            "--solver", "lbfgs: softmax regression to its optimum, its regularisation chosen on held-out training images; sgd: SimCLR's rates, 90 passes; adam: 500 passes.", Solver.Lbfgs);
        var command = Protocols("linear", "A linear classifier on the frozen features; its hyperparameters are chosen on a held-out part of the training images.",
            parsed => [parsed.GetValue(solver) switch { Solver.Sgd => EvaluationProtocol.LinearSgd, Solver.Adam => EvaluationProtocol.LinearAdam, _ => EvaluationProtocol.Linear }],
            trains: true);
        command.Options.Add(solver);
        return command;
    }

    private static Command Protocols(string name, string description, Func<ParseResult, IReadOnlyList<EvaluationProtocol>> chosen, bool trains = false)
    {
        var weights = SharedOptions.Weights();
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var projection = new Option<bool>("--projection") { Description = "Evaluate the projection head's output too." };
        var noBaselines = new Option<bool>("--no-baselines") { Description = "Leave out the baselines, the untrained encoder and the pixels: on large data they take most of the time." };
        var seeds = NumberOption.Whole("--seeds", "Repeat with seeds 0 to N − 1 (held-out images, order, views) and report mean and standard deviation; default 1.", "N", least: 1);
        var epochs = NumberOption.Whole("--epochs", "Epochs of a classifier that is trained by steps; default the protocol's.", "N", least: 1);
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var command = new Command(name, description) { weights, data, mirror, projection, noBaselines, seeds, threads, device, json };
        if (trains) command.Options.Add(epochs);
        command.SetAction((parsed, cancellation) => RankedCommand.RunAsync(async ranks =>
        {
            var terminal = ranks.Of(parsed.Terminal());
            var source = await ranks.FirstThenOthersAsync(() => ImageSource.FindAsync(parsed.GetValue(data)!, DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, cancellation));
            var place = ranks.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var model = TrainedEncoder.Load(parsed.GetValue(weights)!, place, terminal);
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
                if (ranks.IsFirst) KeepIn(new RunFolder(parsed.GetValue(weights)!), report, terminal);
            }
            if (parsed.GetValue(json)) terminal.Verbatim(EvaluationReport.Text(reports.Count == 1 ? reports[0] : new JsonArray([.. reports])));
            return 0;
        }));
        return command.WithExamples(
            ("What a run is worth on labelled images", $"simclr evaluate {name} --weights runs/mine --data my-labelled-photos"),
            ("The same as JSON, nothing else said", $"simclr evaluate {name} --weights runs/mine --data cifar10 --json --quiet"),
            ("torchvision's weights, to compare with", $"simclr evaluate {name} --weights resnet18.pth --data my-labelled-photos"));
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
            terminal.Warn($"the figures could not be kept in {run.Path}: {e.Message}");
        }
    }
}
