using SimClr.Distributed;
using SimClr.Loading;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Optimization;
using static TorchSharp.torch;

namespace SimClr.Pretraining;

/// <summary>
/// Algorithm 1 of the paper: two views of every image, h = f(x), z = g(h), the loss, one optimiser step. The caller enumerates the steps
/// and owns the loop: it saves, logs and evaluates between them.
/// </summary>
/// <remarks>One thread at a time.</remarks>
public sealed partial class Pretrainer : IDisposable
{
    private const int RandomLayers = 1 << 20; // no view of an image has this number
    private const string ProbePrefix = "probe.";

    private readonly DistributedLoss distributedLoss;
    private readonly GradientSynchronizer synchronizer;
    private readonly BatchGradient batchGradient;
    private readonly BatchShape expected;
    private readonly FrozenStages frozen;
    private readonly IOptimizer optimizer;
    private readonly WarmupCosineSchedule schedule;
    private readonly List<Tensor> parameters;
    private readonly Tensor diverged; // () float32: 1 from the first step whose gradient or running statistics are not finite
    private readonly RunningStatistics statistics;
    private readonly Device device;
    private readonly ScalarType type;
    private readonly OnlineProbe? probe;

    /// <summary>Prepares a run from step 0. Frozen parameters have no gradients until this object is disposed.</summary>
    /// <param name="model">The model to train; borrowed, and already on its device.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="imageCount">
    /// The number of images in an epoch, at least a batch; the number of groups if pairs come from groups
    /// (<see cref="PretrainOptions.Positives"/>).
    /// </param>
    /// <param name="probe">A probe trained on the same representations; borrowed. Default none.</param>
    /// <param name="communicator">
    /// The ranks that share the run; borrowed. Each processes its part of every batch (<see cref="ViewLoader.Share"/>), and the result is
    /// that of one rank alone. Null: this process alone.
    /// </param>
    /// <param name="loss">
    /// A loss that replaces the built-in one; the kind in the options is then <see cref="LossKind.Custom"/>. Borrowed. Null: the loss of
    /// the options.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="ConfigurationException">
    /// The encoder has no part with a name that is to be frozen, or nothing is left to train.
    /// </exception>
    /// <exception cref="InvalidDataException">
    /// There are fewer images than a batch needs, or the batch or its micro-batches are not divisible by the number of ranks.
    /// </exception>
    /// <exception cref="ConfigurationException">
    /// A custom encoder cannot be trained this way: its parameters have several dtypes, or on several ranks it has its own kind of batch
    /// norm.
    /// </exception>
    /// <exception cref="ConfigurationException">
    /// The options require a custom loss and none was given; the loss does not support the small crops of the options; or the model does
    /// not fit the teacher of a <see cref="TeacherLoss"/>.
    /// </exception>
    public Pretrainer(SimClrModel model, PretrainOptions options, int imageCount, OnlineProbe? probe = null,
        ICommunicator? communicator = null, IContrastiveLoss? loss = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        // The model decides what the options leave open: a recipe describes what is trained.
        if (options.ImageSize == 0) options = options with { Preprocessing = options.Preprocessing with { ImageSize = model.ImageSize } };
        options = options with { Encoder = model.EncoderOptions, Head = model.HeadOptions };
        if (loss is not null) options = options with { Loss = LossKind.Custom };
        if (imageCount < options.BatchSize)
            throw new InvalidDataException($"A batch needs {options.BatchSize} images, but there are only {imageCount}.");
        Communicator = communicator ?? new SingleProcessCommunicator();
        int ranks = Communicator.Size;
        if (options.BatchSize % ranks != 0)
            throw new InvalidDataException($"A batch of {options.BatchSize} images does not divide among {ranks} ranks: take a " +
                $"multiple of {ranks}, or another number of ranks.");
        int parts = ViewLoader.MicroBatchesOf(options.BatchSize, options.MicroBatchSize);
        if (ranks > 1 && options.BatchSize / ranks % parts != 0)
            throw new InvalidDataException($"Micro-batches of {options.MicroBatchSize} images cut a batch of {options.BatchSize} into " +
                $"{parts} parts, and these do not divide among {ranks} ranks: take a multiple of {ranks} that divides the batch.");
        if (options.BatchNormRanks > 0 && ranks % options.BatchNormRanks != 0)
            throw new InvalidDataException($"{ranks} ranks cannot be cut into groups of {options.BatchNormRanks} for batch normalisation.");

        Loss = loss ?? BuiltIn(options);
        if (options.SmallCrops.Count > 0 && !Loss.TakesSmallCrops)
            throw new ConfigurationException($"small-crops.count: the loss '{Loss.Name}' does not support small crops, but the run has " +
                $"{options.SmallCrops.Count} of each image: set it to 0.");

        (Loss as TeacherLoss)?.Require(options.Encoder.Channels, model.Head.OutputDim, options.Preprocessing);

        Model = model;
        Options = options;
        StepsPerEpoch = imageCount / options.BatchSize;
        TotalSteps = (long)StepsPerEpoch * options.Epochs;
        distributedLoss = new DistributedLoss(Loss, model.Head.OutputDim, options.SmallCrops.Count, options.Temperature, Communicator);
        expected = new BatchShape(options, ranks);
        batchGradient = new BatchGradient(model, Project, ComputeLoss, options.BatchSize / ranks);
        frozen = new FrozenStages(model.Encoder, options.Freeze);
        var trained = model.named_parameters().Where(p => p.parameter.requires_grad).ToList();
        try
        {
            RequireTrainable(trained);
            parameters = [.. trained.Select(p => p.parameter)];
            (device, type) = (parameters[0].device, parameters[0].dtype);
            synchronizer =
                new GradientSynchronizer([model], parameters, Communicator, options.BatchNormRanks, options.Encoder.IsStochastic);
        }
        catch
        {
            frozen.Dispose(); // the model stays as it was
            throw;
        }
        this.probe = probe;
        statistics = new RunningStatistics([model]);
        optimizer = options.Optimizer.Create(trained, EncoderStages.RateFactors(model.Encoder, options.Optimizer.LayerDecay));
        ReadsMetricsLate = ranks == 1 && device.type == TorchSharp.DeviceType.CUDA && probe is null && options.SmallCrops.Count == 0;
        diverged = zeros([], float32, device).DetachFromDisposeScope();
        schedule = new WarmupCosineSchedule(
            options.Optimizer.PeakLearningRate(options.BatchSize), TotalSteps,
            (long)Math.Round(options.Optimizer.Complete().WarmupEpochs!.Value * StepsPerEpoch));
    }

    private void RequireTrainable(List<(string name, TorchSharp.Modules.Parameter parameter)> trained)
    {
        if (trained.Count == 0) throw new ConfigurationException($"freeze: {string.Join(", ", Options.Freeze)} leaves nothing to train.");
        var type = trained[0].parameter.dtype;
        if (trained.FirstOrDefault(p => p.parameter.dtype != type) is { name: { } other })
            throw new ConfigurationException(
                $"{trained[0].name} is of type {type} and {other} is not: all parameters that are trained must be of one type.");
        (Model.Encoder as ITrainable)?.RequireTrainable(Options.ImageSize);
    }

    /// <summary>
    /// On a GPU, a step's metrics are returned after the next step is enqueued, so that the GPU never waits for the host. Every so many
    /// steps (at least 1, the default) they are returned before, so that the model is exactly at <see cref="Step"/>. Set it to the interval
    /// at which you save or evaluate. With a probe, small crops, several ranks or a loss that the host waits for
    /// (<see cref="IContrastiveLoss.CanEnqueue"/>), metrics are always returned at once.
    /// </summary>
    public int SynchronizeEvery { get; init; } = 1;

    /// <summary>Whether steps are enqueued and read later: on a GPU, with a loss that can be enqueued.</summary>
    internal bool ReadsMetricsLate { get => field && Loss.CanEnqueue; init; }

    /// <summary>The trained model; borrowed.</summary>
    public SimClrModel Model { get; }

    /// <summary>The options of the run, with the model's own network and image size.</summary>
    public PretrainOptions Options { get; }

    /// <summary>The loss; borrowed.</summary>
    public IContrastiveLoss Loss { get; }

    /// <summary>The ranks that share the run; borrowed.</summary>
    public ICommunicator Communicator { get; }

    /// <summary>State-dict names of the parameters that had no gradient in the last step and did not change: in custom encoders.</summary>
    public IReadOnlyList<string> UnusedParameters =>
        [.. Model.named_parameters().Where(p => p.parameter.requires_grad && p.parameter.grad is null).Select(p => p.name)];

    /// <summary>⌊images/N⌋.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Steps of the whole run.</summary>
    public long TotalSteps { get; }

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>The epoch that the next step belongs to, from 0.</summary>
    public int Epoch => (int)(Step / StepsPerEpoch);

    /// <summary>
    /// The optimiser's tensors by name, and those of the probe with the prefix <c>probe.</c>; borrowed. With the model's state and
    /// <see cref="Step"/> they are all that a run needs to resume.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> OptimizerState => optimizer.State
        .Concat(Prefixed(ProbePrefix, probe?.State)).ToDictionary();

    /// <summary>Resumes at the state of another run. The caller restores the model's own state.</summary>
    /// <param name="step">Steps done, in [0, <see cref="TotalSteps"/>].</param>
    /// <param name="optimizerState">The saved <see cref="OptimizerState"/>; copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is out of range.</exception>
    /// <exception cref="InvalidDataException">
    /// Names or shapes differ from this run's. The optimiser is checked before the probe, so it may already be restored.
    /// </exception>
    public void Restore(long step, IReadOnlyDictionary<string, Tensor> optimizerState)
    {
        if (step < 0 || step > TotalSteps)
            throw new ArgumentOutOfRangeException(nameof(step), step, $"The step must lie in [0, {TotalSteps}].");
        ArgumentNullException.ThrowIfNull(optimizerState);
        optimizer.LoadState(optimizerState.Where(t => !t.Key.StartsWith(ProbePrefix, StringComparison.Ordinal)).ToDictionary());
        probe?.LoadState(ModelState.Under(optimizerState, ProbePrefix));
        Step = step;
    }

    /// <summary>
    /// Copies the weights, <see cref="OptimizerState"/> and position of rank 0 to all ranks; only rank 0 needs to have restored them. A
    /// collective operation.
    /// </summary>
    public void Synchronize()
    {
        synchronizer.Broadcast(Model.state_dict().Values.Concat(OptimizerState.Values));
        using var step = tensor(Step);
        Communicator.Broadcast(step);
        Step = step.item<long>();
    }

    /// <summary>
    /// Makes one step per batch, or per batch's shares on all ranks together. The batches are disposed here. Cancellation is checked
    /// between steps.
    /// </summary>
    /// <param name="batches">
    /// Owned by this method once enumerated. A batch of N images (N/W on each of W ranks) is a step. So are N images in micro-batches that
    /// come twice, as <see cref="ViewLoader.Epoch"/> gives them.
    /// </param>
    /// <param name="cancellationToken">
    /// Ends the enumeration after the current step. If any rank cancels, all ranks end after the same step.
    /// </param>
    /// <exception cref="TrainingDivergedException">
    /// Projections, gradient or running statistics are not finite. Everything is as before that step. All ranks find it at the same step.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// A batch does not fit the options (number of images, positives, image size, channels, small crops), the images do not add up to N, or
    /// they do not come a second time. The step did not happen.
    /// </exception>
    public IEnumerable<StepMetrics> Steps(IEnumerable<ViewBatch> batches, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batches);
        using var views = new BatchCursor(batches);
        PendingStep? last = null;
        try
        {
            while (!synchronizer.Any(!views.MoveNext() || cancellationToken.IsCancellationRequested))
            {
                if (!ReadsMetricsLate)
                {
                    yield return RollBackIfDiverged(() => TakeStep(views));
                    continue;
                }
                (var before, last) = (last, EnqueueStep(views));
                if (before is not null) yield return ReadMetrics(before);
                if (Step % SynchronizeEvery != 0) continue;
                yield return ReadMetrics(last);
                last = null;
            }
            if (last is not null) yield return ReadMetrics(last);
        }
        finally
        {
            last?.Dispose();
        }
    }

    private static IContrastiveLoss BuiltIn(PretrainOptions options) => options.Loss switch
    {
        LossKind.NtXent => new NtXentLoss(options.Temperature),
        LossKind.Decoupled => new DecoupledLoss(options.Temperature),
        _ => throw new ConfigurationException("loss: a run with a custom loss is begun and resumed from C#, with that " +
            "loss (PretrainRunOptions.Loss); built in are nt-xent and decoupled."),
    };

    private static IEnumerable<KeyValuePair<string, Tensor>> Prefixed(string prefix, IReadOnlyDictionary<string, Tensor>? state) =>
        state?.Select(t => KeyValuePair.Create(prefix + t.Key, t.Value)) ?? [];

    /// <summary>Frees the optimiser's tensors. Model, probe and loss stay.</summary>
    public void Dispose()
    {
        synchronizer.Dispose();
        optimizer.Dispose();
        frozen.Dispose();
        statistics.Dispose();
        diverged.Dispose();
    }
}
