using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Images;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Randomness;
using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.FineTuning;

/// <summary>
/// Trains a classifier, or encoder and classifier, on views of images. Fine-tuning (SimCLR, B.5), linear evaluation with augmentation (B.6)
/// and distillation (SimCLR v2, §2.3) differ only in options and loss. The caller enumerates the epochs and owns the loop: it evaluates and
/// keeps weights between them.
/// </summary>
/// <remarks>One thread at a time.</remarks>
public sealed class ClassifierTrainer : IDisposable
{
    private readonly ImageClassifier model;
    private readonly ClassifierTrainingOptions options;
    private readonly IClassifierLoss loss;
    private readonly ViewLoader loader;
    private readonly FrozenStages frozen;
    private readonly IOptimizer optimizer;
    private readonly int images;

    /// <summary>Prepares training from epoch 1. Frozen parameters have no gradients until this object is disposed.</summary>
    /// <param name="model">The model to train; borrowed, and already on its device.</param>
    /// <param name="options">The options.</param>
    /// <param name="data">The images; borrowed.</param>
    /// <param name="preprocessing">The preprocessing, as for the encoder, and S.</param>
    /// <param name="loss">The loss; borrowed.</param>
    /// <param name="threads">Batches prepared at the same time, at least 1.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="ConfigurationException">The encoder has no part with a name that is to be frozen.</exception>
    /// <exception cref="InvalidDataException">
    /// The images have other channels than the encoder takes, or there is only one image.
    /// </exception>
    public ClassifierTrainer(ImageClassifier model, ClassifierTrainingOptions options, IImageDataset data, Preprocessing preprocessing,
        IClassifierLoss loss, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        options.Validate();
        if (data.Count < 2)
            throw new InvalidDataException($"{data.Name} has {data.Count} images; batch normalisation needs at least two to train with.");
        (this.model, this.options, this.loss) = (model, options, loss);
        images = options.ImagesPerStep(data.Count);
        loader = new ViewLoader(
            EncoderImages.For(data, model.EncoderOptions.Channels, preprocessing.Decoding), options.Views, preprocessing, images,
            options.Seed, threads)
        {
            ViewsPerImage = 1,
        };
        frozen = new FrozenStages(model.Encoder, options.Freeze, model.Head);
        if (!frozen.IsAll) (model.Encoder as ITrainable)?.RequireTrainable(model.ImageSize);
        var factors = EncoderStages.RateFactors(model.Encoder, options.Optimizer.LayerDecay);
        optimizer = options.Optimizer.Create(
            model.named_parameters().Where(p => p.parameter.requires_grad),
            name => IsClassifier(name) ? options.ClassifierRate : factors(name),
            name => !IsClassifier(name));
    }

    private static bool IsClassifier(string name) => name.StartsWith("fc.", StringComparison.Ordinal);

    /// <summary>The damaged images found so far, each once. Others are shown in their places, with their own labels.</summary>
    public IReadOnlyCollection<BadImage> BadImages => loader.BadImages;

    /// <summary>
    /// Trains epoch by epoch. During an epoch the model is in training mode (except its frozen parts); between epochs it is in eval mode.
    /// </summary>
    /// <param name="cancellationToken">Checked between steps.</param>
    /// <exception cref="InvalidOperationException">A frozen tensor changed.</exception>
    /// <exception cref="InvalidDataException">
    /// No image can be read, or more than half are damaged; or training diverged: the loss, or after an epoch a weight or running
    /// statistic, is not finite. Then the model is useless.
    /// </exception>
    /// <exception cref="IOException">An image's file cannot be read.</exception>
    public IEnumerable<ClassifierEpoch> Run(CancellationToken cancellationToken = default)
    {
        using var folded = frozen.IsAll && model.Classifier.weight.device_type == TorchSharp.DeviceType.CPU
            ? (model.Encoder as IFoldable)?.Fold()
            : null;
        Func<Tensor, Tensor> frozenEncoder = folded is null ? model.Encoder.call : folded.Forward;
        long step = 0, steps = (long)options.Epochs * loader.BatchesPerEpoch;
        var schedule = new WarmupCosineSchedule(
            options.Optimizer.PeakLearningRate(images), steps,
            (long)Math.Round(options.Optimizer.Complete().WarmupEpochs!.Value * loader.BatchesPerEpoch));
        for (int epoch = 0; epoch < options.Epochs; epoch++)
        {
            model.train();
            frozen.Evaluate();
            var guards = frozen.Modules.Select(module => new FrozenGuard(module)).ToList();
            double sum = 0;
            foreach (var batch in loader.Epoch(epoch))
            {
                using (batch)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    using var seeded = model.EncoderOptions.IsStochastic
                        ? new SeededGenerator(
                            (long)CounterRandom.For(options.Seed, RandomPurpose.RandomLayers, step).NextBits(),
                            model.Classifier.weight.device)
                        : null;
                    sum += Step(batch, frozenEncoder, schedule.LearningRate(step++));
                }
            }
            model.eval();
            guards.ForEach(guard => guard.Check());
            if (ModelState.FaultOf(model.state_dict()) is { } fault)
                throw Diverged($"After epoch {epoch + 1} {fault}", schedule.LearningRate(step - 1));
            yield return new ClassifierEpoch(epoch + 1, options.Epochs, sum / loader.BatchesPerEpoch);
        }
    }

    private double Step(ViewBatch batch, Func<Tensor, Tensor> frozenEncoder, double learningRate)
    {
        using var scope = NewDisposeScope();
        var views = batch.Views.to(model.Classifier.weight.device);
        optimizer.ZeroGradients();
        var value = loss.Of(Logits(views, frozenEncoder), views, batch.Indices);
        double result = value.item<float>();
        if (!double.IsFinite(result))
            throw Diverged($"The loss is {result}", learningRate);
        value.backward();
        optimizer.Step(learningRate);
        return result;
    }

    private static InvalidDataException Diverged(string how, double learningRate) =>
        new($"{how}: training diverged at a rate of {learningRate:g3}. Nothing was saved. Try a smaller learning rate or a " +
            $"longer warm-up.");

    private Tensor Logits(Tensor views, Func<Tensor, Tensor> frozenEncoder)
    {
        if (!frozen.IsAll) return model.call(views);
        Tensor middle;
        using (no_grad())
        {
            using var h = frozenEncoder(views);
            middle = model.Head.call(h);
        }
        return model.Classifier.call(middle);
    }

    /// <summary>Frees the optimiser and allows gradients of frozen parameters again. The model stays.</summary>
    public void Dispose()
    {
        optimizer.Dispose();
        frozen.Dispose();
    }
}
