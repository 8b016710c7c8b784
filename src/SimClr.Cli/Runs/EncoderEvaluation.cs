using SimClr.Cli.Output;
using SimClr.Evaluation;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Cli.Runs;

/// <summary>A trained encoder's features, the untrained encoder's and the pixels of one labelled data set, and the protocols on them. Features are computed once.</summary>
internal sealed class EncoderEvaluation : IDisposable
{
    private readonly TrainedModel model;
    private readonly Device device;
    private readonly Terminal terminal;
    private readonly FeatureExtractor train, test;
    private readonly string data;
    private readonly List<(string Name, Features Train, Features Test)> features = [];

    public EncoderEvaluation(TrainedModel model, ImageSource source, bool projection, Device device, Terminal terminal)
    {
        (this.model, this.device, this.terminal) = (model, device, terminal);
        var (trainImages, testImages, cut) = source.ForEvaluation();
        if (trainImages.Classes.Count < 2 || testImages.Classes.Count < 2)
            throw new InvalidDataException($"{trainImages.Name} has {trainImages.Classes.Count} classes; an evaluation needs labelled images of at least two (a folder for each class).");
        if (cut) terminal.Note($"{trainImages.Name} has no test part: a fifth of every class, {testImages.Count} images, is held out as one.");
        data = $"{trainImages.Name} ({trainImages.Count} training, {testImages.Count} test images)";
        (train, test) = (new FeatureExtractor(trainImages), new FeatureExtractor(testImages));

        if (projection && !model.HasHead) throw new InvalidDataException($"--projection: {model.Source} has no projection head.");
        var encoder = Encode("encoder", model.Model.Encoder, trainImages.Count, testImages.Count);
        if (projection) features.Add(("projection", model.Project(encoder.Train), model.Project(encoder.Test)));
        Encode("untrained", model.Untrained, trainImages.Count, testImages.Count);
        int size = model.Options.ImageSize;
        features.Add(("pixels", train.Pixels(size), test.Pixels(size)));
        foreach (var bad in train.BadImages.Concat(test.BadImages)) terminal.Note($"damaged, left out: {bad.Reason}");
    }

    /// <summary>Runs a protocol on every set of features.</summary>
    public EvaluationReport Run(EvaluationProtocol protocol) => new(
        protocol, data, model.Source, [.. features.SelectMany(f => protocol == EvaluationProtocol.Knn ? Knn(f.Name, f.Train, f.Test) : Linear(f.Name, f.Train, f.Test))]);

    private static IEnumerable<EvaluationRow> Knn(string name, Features train, Features test)
    {
        using var classifier = new KnnClassifier(train);
        return [.. classifier.Evaluate(test).Select(r => new EvaluationRow(name, r.Accuracy, r.K, r.Weighted))];
    }

    private IEnumerable<EvaluationRow> Linear(string name, Features train, Features test)
    {
        terminal.Note($"fitting a linear classifier on {name} ({train.Count} × {train.Dimensions})");
        var result = LinearProbe.Run(train, test);
        if (!result.Converged) terminal.Warn($"the linear classifier on {name} did not reach its optimum.");
        return [new EvaluationRow(name, result.Accuracy, L2: result.L2)];
    }

    private (Features Train, Features Test) Encode(string name, Module<Tensor, Tensor> encoder, int trainCount, int testCount)
    {
        var policy = model.Options.Views;
        return terminal.Progress($"{name} features", trainCount + testCount, report =>
        {
            var a = train.Encode(encoder, policy, model.Options.ImageSize, device, new Counter(n => report(n, "")));
            var b = test.Encode(encoder, policy, model.Options.ImageSize, device, new Counter(n => report(trainCount + n, "")));
            features.Add((name, a, b));
            return (a, b);
        });
    }

    public void Dispose()
    {
        foreach (var (_, a, b) in features)
        {
            a.Dispose();
            b.Dispose();
        }
    }

    internal sealed class Counter(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
