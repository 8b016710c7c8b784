using System.CommandLine;
using SimClr.Cli.Output;
using SimClr.Cli.Runs;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr evaluate knn</c> and <c>simclr evaluate linear</c>: what an encoder is worth, beside what the pixels and the untrained encoder are.</summary>
internal static class EvaluateCommand
{
    public static Command Create() => new("evaluate", "Measure what an encoder is worth on labelled images.")
    {
        Protocol("knn", "k nearest neighbours by cosine, k = 10, 20 and 200, weighted as in Wu et al. and not.", EvaluationProtocol.Knn),
        Protocol("linear", "Softmax regression on the frozen features, its regularisation chosen on a held-out part of the training images.", EvaluationProtocol.Linear),
    };

    private static Command Protocol(string name, string description, EvaluationProtocol protocol)
    {
        var weights = SharedOptions.Weights();
        var data = SharedOptions.Data();
        var mirror = SharedOptions.Mirror();
        var projection = new Option<bool>("--projection") { Description = "Evaluate the projection head's output too." };
        var threads = SharedOptions.Threads();
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var command = new Command(name, description) { weights, data, mirror, projection, threads, device, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var terminal = parsed.Terminal();
            var source = await ImageSource.FindAsync(parsed.GetValue(data)!, parsed.GetValue(mirror), terminal, cancellation);
            var place = Machine.Prepare(parsed.GetValue(device)!, parsed.GetValue(threads));
            using var model = TrainedModel.Load(parsed.GetValue(weights)!, place, terminal);
            using var evaluation = new EncoderEvaluation(model, source, parsed.GetValue(projection), place, terminal);
            var report = evaluation.Run(protocol);
            if (parsed.GetValue(json)) terminal.Result(report.ToJson());
            else terminal.Result(report.ToTable());
            KeepIn(new RunFolder(parsed.GetValue(weights)!), report, terminal);
            return 0;
        });
        return command.WithExamples(
            ("What a run is worth on labelled images", $"simclr evaluate {name} --weights runs/mine --data my-labelled-photos"),
            ("The same as JSON, nothing else said", $"simclr evaluate {name} --weights runs/mine --data cifar10 --json --quiet"),
            ("torchvision's weights, to compare with", $"simclr evaluate {name} --weights resnet18.pth --data my-labelled-photos"));
    }

    // What was printed is not lost where the run is somebody else's.
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
