using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SimClr.Evaluation;
using SimClr.FineTuning;
using SimClr.Models;
using SimClr.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Protocols;

public sealed partial class EncoderEvaluation
{
    private const string Chosen = "chosen", Last = "last", Best = "best held-out epoch";

    /// <summary>Runs the protocols during enumeration.</summary>
    /// <returns>
    /// One report per protocol, in the order of the request. With several ranks, only the first has the reports of protocols that train;
    /// all ranks must enumerate.
    /// </returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidDataException">A class has too few images to hold some out.</exception>
    public IEnumerable<EvaluationReport> Run()
    {
        foreach (var protocol in request.Protocols)
        {
            if (ranks.IsFirst || protocol == EvaluationProtocol.Knn) yield return Run(protocol); // protocols that train run on rank 0
        }
    }

    private EvaluationReport Run(EvaluationProtocol protocol) => protocol switch
    {
        EvaluationProtocol.Knn => Knn(),
        EvaluationProtocol.Linear => Linear(),
        EvaluationProtocol.LinearSgd => LinearStepwise(protocol, LinearSgdOptions.SimClr, "linear classifier by SGD"),
        EvaluationProtocol.LinearAdam => LinearStepwise(protocol, LinearSgdOptions.Adam, "linear classifier by Adam"),
        _ => Augmented(),
    };

    private EvaluationReport Knn()
    {
        var options = new KnnOptions();
        var rows = new List<EvaluationRow>();
        foreach (var (name, train, test) in features)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Each classifier copies the features, so one runs after the other.
            var choices = Seeds.Select(seed => (Seed: seed, Choice: KnnSearch.From(train, seed, ranks.Communicator))).ToList();
            using var knn = new KnnClassifier(train, ranks.Communicator);
            var votes = options.K.SelectMany(k => (bool[])[true, false], (k, weighted) => (K: k, Weighted: weighted)).ToList();
            var scores =
                test.Score([.. votes.Select(v => $"knn {v}")], values => knn.Votes(values, options).Select(s => s.ClassScores));
            rows.AddRange(votes.Zip(scores, (v, s) => new EvaluationRow(name, [s])
            { Parameters = [("k", v.K), ("weighted", v.Weighted)] }));
            rows.Add(new EvaluationRow(name, [.. choices.Select(c => test.Score($"knn chosen {c.Seed}",
                values => knn.Score(values, new KnnOptions { K = [c.Choice.K], Temperature = c.Choice.Temperature })[0].ClassScores))])
            {
                Variant = Chosen,
                Parameters = [("k", choices[0].Choice.K), ("weighted", true), ("temperature", choices[0].Choice.Temperature),
                    ("held_out_top1", choices[0].Choice.HeldOutTop1)],
            });
        }
        return Report(EvaluationProtocol.Knn, "k nearest neighbours", rows, new JsonObject
        {
            ["metric"] = "cosine",
            ["vote"] = "exp(cos / temperature)",
            ["temperature"] = options.Temperature,
            ["k_grid"] = List(KnnSearch.Ks),
            ["temperature_grid"] = List(KnnSearch.Temperatures),
            ["held_out_fraction"] = 0.1,
        });
    }

    private EvaluationReport Linear()
    {
        var options = new LinearProbeOptions();
        var rows = new List<EvaluationRow>();
        foreach (var (name, train, test) in features)
        {
            var scores = new List<TestScores>();
            LinearFit? first = null;
            foreach (int seed in Seeds)
            {
                cancellationToken.ThrowIfCancellationRequested();
                messages.Note($"training a linear classifier on {name} ({train.Count} × {train.Dimensions})");
                using var fit = LinearProbe.Fit(train, options with { Seed = seed });
                if (!fit.Converged) messages.Warn($"The linear classifier on {name} did not converge.");
                scores.Add(test.Score($"linear {seed}", fit.Classifier.Score));
                first ??= fit;
            }
            rows.Add(new EvaluationRow(name, scores) { Parameters = [("l2", first!.L2), ("held_out_top1", first.HeldOutTop1)] });
        }
        return Report(EvaluationProtocol.Linear, "linear classifier", rows, new JsonObject
        {
            ["search"] = "L-BFGS to the optimum, standardised features",
            ["l2_path"] = List(options.L2Path()),
            ["patience"] = options.Patience,
            ["held_out_fraction"] = options.HeldOutFraction,
        });
    }

    private EvaluationReport LinearStepwise(EvaluationProtocol protocol, LinearSgdOptions options, string title)
    {
        if (request.Epochs is { } epochs) options = options with { Epochs = epochs };
        var rows = new List<EvaluationRow>();
        foreach (var (name, train, test) in features)
        {
            var (last, best) = (new List<TestScores>(), new List<TestScores>());
            LinearSgdFit? first = null;
            foreach (int seed in Seeds)
            {
                cancellationToken.ThrowIfCancellationRequested();
                messages.Note($"training a linear classifier on {name} ({train.Count} × {train.Dimensions}), {options.Epochs} epochs");
                using var fit = LinearSgd.Fit(train, options with { Seed = seed });
                last.Add(test.Score($"{protocol} last {seed}", fit.Last.Score));
                best.Add(test.Score($"{protocol} best {seed}", fit.Best.Score));
                first ??= fit;
            }
            rows.Add(new EvaluationRow(name, last) { Variant = Last, Parameters = [("epoch", options.Epochs)] });
            rows.Add(new EvaluationRow(name, best)
            { Variant = Best, Parameters = [("epoch", first!.BestEpoch), ("held_out_top1", first.HeldOutTop1)] });
        }
        return Report(protocol, title, rows, new JsonObject
        {
            ["options"] = OptionsText.ToJson(options),
            ["best"] = "learned without the held-out training images, on which the epoch was found",
        });
    }

    private EvaluationReport Augmented()
    {
        var preprocessing = model.Options.Preprocessing;
        var options = ClassifierTrainingOptions.Linear with { Epochs = request.Epochs ?? ClassifierTrainingOptions.Linear.Epochs };
        var scores = new List<TestScores>();
        foreach (int seed in Seeds)
        {
            using var classifier = new ImageClassifier(
                model.Options.Encoder, model.Options.Head, headLayers: 0, trainImages.Classes.Count, preprocessing.ImageSize, seed);
            classifier.StartFrom(model.Model.Encoder.state_dict(), new Dictionary<string, Tensor>());
            classifier.to(device);
            using var trainer = new ClassifierTrainer(
                classifier, options with { Seed = seed }, trainImages, preprocessing, new LabelLoss(trainImages), request.Threads);
            messages.Progress("linear, augmented", options.Epochs, report =>
            {
                foreach (var epoch in trainer.Run(cancellationToken))
                    report(epoch.Epoch, string.Create(CultureInfo.InvariantCulture, $"loss {epoch.Loss:f3}"));
                return 0;
            });
            using var test = new TestSet(new FeatureExtractor(testImages).Encode(classifier, preprocessing, device));
            scores.Add(test.Score($"augmented {seed}", logits => logits.alias()));
        }
        return Report(EvaluationProtocol.Augmented, "linear classifier on augmented images",
            [new EvaluationRow("encoder", scores) { Variant = Last, Parameters = [("epoch", options.Epochs)] }],
            new JsonObject { ["options"] = OptionsText.ToJson(options), ["preprocessing"] = OptionsText.ToJson(preprocessing) });
    }

    private EvaluationReport Report(EvaluationProtocol protocol, string title, IReadOnlyList<EvaluationRow> rows, JsonObject parameters)
    {
        parameters["seeds"] = List(Seeds);
        return new EvaluationReport(FileName(protocol), title, data, model.Source, rows)
        {
            Classes = trainImages.Classes,
            Parameters = parameters,
            Audit = audit,
        };
    }

    /// <summary>The name of a protocol in JSON and file names.</summary>
    /// <param name="protocol">The protocol.</param>
    public static string FileName(EvaluationProtocol protocol) => JsonNamingPolicy.KebabCaseLower.ConvertName(protocol.ToString());

    private IEnumerable<int> Seeds => Enumerable.Range(0, request.Seeds);

    private static JsonArray List<T>(IEnumerable<T> values) => new([.. values.Select(v => JsonValue.Create(v))]);
}
