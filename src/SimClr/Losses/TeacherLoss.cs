using SimClr.Images;
using SimClr.IO;
using SimClr.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Losses;

/// <summary>
/// The distance of a student's projections from a frozen teacher's features: L = 1/(2Nτ) Σᵢ (1 − cos(zᵢ, tᵢ)). z is a linear map of the
/// student's h (<see cref="Head"/>). t are the teacher's features of the same view, each of their T numbers standardised over the batch to
/// mean 0 and deviation 1. No labels, no negatives. The linear map takes the place of the projection head and is discarded after training.
/// </summary>
/// <remarks>
/// <para>The idea is that of FitNets (Romero et al. 2015, arXiv 1412.6550), which regresses hidden features by the squared distance. CRD
/// (Tian et al. 2020, arXiv 1910.10699) and SEED (Fang et al. 2021, arXiv 2101.04731) compare with negatives. Features after a ReLU have a
/// large common mean: if they were not standardised, a student that gives one vector for all images would have a loss near 0. 1/τ is that
/// of NT-Xent, so that the learning rate of a recipe suits both.</para>
/// <para>The teacher sees the student's own view, not the middle of the image, at its own normalisation. A view of another size is resized
/// to the teacher's image size, bilinear and antialiased. Values of another range become those of the teacher's range, clipped to it; a
/// teacher without a range takes the student's. The teacher is in eval mode, gets no gradients and does not change. Accuracy and
/// entropy of a step are those of NT-Xent's softmax between the student's projections, as for every loss.</para>
/// </remarks>
public sealed class TeacherLoss : IContrastiveLoss, IDisposable
{
    internal const string NameInRuns = "teacher-features";
    private const double LeastNorm = 1e-8; // as in PyTorch's cosine_similarity
    private const double LeastDeviation = 1e-3; // as a share of the greatest

    private readonly Func<Tensor, Tensor> represent;
    private readonly IInferenceEncoder? folded;
    private readonly Preprocessing preprocessing;

    /// <summary>Makes any network a teacher. It is put into eval mode.</summary>
    /// <param name="teacher">
    /// x (N, C, S, S) float32 → t (N, T); borrowed, on the device of the training. Its weights must not change.
    /// </param>
    /// <param name="preprocessing">S and the normalisation that the teacher expects.</param>
    /// <param name="channels">C, at least 1.</param>
    /// <param name="source">Where the teacher came from, for messages.</param>
    /// <exception cref="ArgumentOutOfRangeException">The preprocessing has no size, or does not fit the channels.</exception>
    /// <exception cref="InvalidDataException">
    /// The teacher fails on views of this shape, or its features are not finite, or not of the shape (N, T).
    /// </exception>
    public TeacherLoss(Module<Tensor, Tensor> teacher, Preprocessing preprocessing, int channels, string source)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(preprocessing);
        teacher.eval();
        var device = teacher.parameters().FirstOrDefault()?.device ?? CPU;
        folded = device.type == DeviceType.CPU ? (teacher as IFoldable)?.Fold() : null; // if possible
        represent = folded is null ? teacher.call : folded.Forward;
        (this.preprocessing, Channels, Identity) = (preprocessing, channels, new(source, ModelState.Identify(teacher, preprocessing)));
        try
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
            ArgumentOutOfRangeException.ThrowIfLessThan(preprocessing.ImageSize, 1);
            preprocessing.Validate(channels);
            FeatureDim = DimensionOn(device);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name => NameInRuns;

    /// <inheritdoc/>
    public bool CanEnqueue => true;

    /// <summary>The teacher's source and hash.</summary>
    public TeacherIdentity Identity { get; }

    /// <summary>C, the channels of the teacher's images; those of the student's must be the same.</summary>
    public int Channels { get; }

    /// <summary>T, the length of the teacher's features.</summary>
    public int FeatureDim { get; }

    /// <summary>
    /// The head of a student: one linear map from h to T numbers with batch norm, without a shift: z is standardised as t is.
    /// </summary>
    public ProjectionHeadOptions Head => new() { Layers = 1, OutputDim = FeatureDim };

    /// <inheritdoc/>
    public Tensor Targets(Tensor views, Preprocessing prepared)
    {
        ArgumentNullException.ThrowIfNull(views);
        ArgumentNullException.ThrowIfNull(prepared);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var t = represent(Prepared(views.detach().to(float32), prepared));
        return t.to(float32).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The batch has no targets, or they are of another size than the projections.</exception>
    public LossResult Compute(ProjectionBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Targets is not { } targets || !targets.shape.SequenceEqual(batch.Z.shape))
            throw new ArgumentException($"The projections ({string.Join(", ", batch.Z.shape)}) need a teacher's features of the same " +
                $"shape, not ({string.Join(", ", batch.Targets?.shape ?? [])}).", nameof(batch));
        using var scope = NewDisposeScope();
        var norms = batch.Z.norm(1, keepdim: true).clamp_min(LeastNorm);                             // (2N, 1)
        var u = batch.Z / norms;                                                                     // (2N, d)
        var t = Standardised(targets);                                                               // (2N, d)
        t = t / t.norm(1, keepdim: true).clamp_min(LeastNorm);
        var cosines = (u * t).sum(1, keepdim: true);                                                 // (2N, 1)
        var gradient = (u * cosines - t) / (norms * (batch.Z.shape[0] * batch.Temperature));
        return new LossResult(batch.Own(gradient).MoveToOuterDisposeScope(),
            batch.Figures((1 - cosines.mean()) / batch.Temperature).MoveToOuterDisposeScope());
    }

    /// <summary>Refuses a student that does not fit the teacher.</summary>
    /// <param name="channels">C of the student's images.</param>
    /// <param name="projectionDim">The length of its projections.</param>
    /// <param name="prepared">How its images are prepared.</param>
    /// <exception cref="ConfigurationException">It does not fit.</exception>
    internal void Require(int channels, int projectionDim, Preprocessing prepared)
    {
        if (channels != Channels)
            throw new ConfigurationException($"encoder.channels: the student takes images of {channels} channels, " +
                $"but the teacher {Identity.Source} takes {Channels}.");
        if (projectionDim != FeatureDim)
            throw new ConfigurationException($"head.output-dim: the student's projections have {projectionDim} numbers, " +
                $"but the features of the teacher {Identity.Source} have {FeatureDim}: make the model with TeacherLoss.Head.");
        var (chosen, theirs) = (prepared.Decoding.Channels, preprocessing.Decoding.Channels);
        if (chosen.Count > 0 && theirs.Count > 0 && !chosen.SequenceEqual(theirs))
            throw new ConfigurationException("preprocessing.decoding.channels: the student takes the channels " +
                $"{string.Join(", ", chosen)}, but the teacher {Identity.Source} takes {string.Join(", ", theirs)}.");
        try
        {
            _ = RangeOf(prepared);
        }
        catch (InvalidDataException e)
        {
            throw new ConfigurationException($"The student's images do not become those of the teacher {Identity.Source}: {e.Message}", e);
        }
    }

    // The teacher's value in [0, 1] is scale·v + shift for a student's value v in [0, 1].
    private (double Scale, double Shift) RangeOf(Preprocessing prepared)
    {
        if (preprocessing.ValueRange is [] || preprocessing.ValueRange.SequenceEqual(prepared.ValueRange)) return (1, 0);
        var type = prepared.ValueType ?? PixelType.UInt8; // a run on other values finds their type
        var ((low, high), (least, most)) = (prepared.RangeOf(type), preprocessing.RangeOf(type));
        return ((high - low) / (most - least), (low - least) / (most - least));
    }

    // A number that hardly varies is rounding or dead: it is not blown up.
    private static Tensor Standardised(Tensor targets)
    {
        var centred = targets - targets.mean([0], keepdim: true);
        var deviation = centred.square().mean([0], keepdim: true).sqrt();                            // (1, d)
        return centred / deviation.maximum(LeastDeviation * deviation.max()).clamp_min(LeastNorm);
    }

    // The student's pixels as the teacher's: x σₛ + μₛ is in the student's range; in the teacher's, (v − μₜ) / σₜ; at the teacher's size.
    private Tensor Prepared(Tensor views, Preprocessing prepared)
    {
        var x = views;
        int size = preprocessing.ImageSize;
        if (x.shape[2] != size || x.shape[3] != size)
            x = functional.interpolate(x, [size, size], mode: InterpolationMode.Bilinear, align_corners: false, antialias: true);
        var range = RangeOf(prepared);
        if (range == (1, 0) && prepared.Mean.SequenceEqual(preprocessing.Mean)
            && prepared.StandardDeviation.SequenceEqual(preprocessing.StandardDeviation)) return x;
        var (theirs, ours) = (PerChannel(prepared, x.device), PerChannel(preprocessing, x.device));
        if (range == (1, 0)) return (x * theirs.Deviation + (theirs.Mean - ours.Mean)) / ours.Deviation;
        var values = (x * theirs.Deviation + theirs.Mean) * range.Scale + range.Shift;
        return (values.clamp(0, 1) - ours.Mean) / ours.Deviation;
    }

    // Each (C, 1, 1) float32.
    private (Tensor Mean, Tensor Deviation) PerChannel(Preprocessing of, Device device)
    {
        return (Column(of.Mean, 0), Column(of.StandardDeviation, 1));

        Tensor Column(IReadOnlyList<double> values, float missing) => tensor(values.Count == 0
            ? [.. Enumerable.Repeat(missing, Channels)] : values.Select(v => (float)v).ToArray(), device: device).reshape(-1, 1, 1);
    }

    private int DimensionOn(Device device)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        long[] shape = [2, Channels, preprocessing.ImageSize, preprocessing.ImageSize];
        Tensor t;
        try
        {
            t = represent(zeros(shape, float32, device));
        }
        catch (Exception e) when (e is System.Runtime.InteropServices.ExternalException or ArgumentException or InvalidCastException)
        {
            throw new InvalidDataException($"The teacher {Identity.Source} fails on views ({string.Join(", ", shape)}): {FirstLine(e)}", e);
        }
        if (t.dim() != 2 || t.shape[0] != 2 || t.shape[1] is 0 or > 65536 || !t.is_floating_point())
            throw new InvalidDataException($"The teacher {Identity.Source} makes ({string.Join(", ", t.shape)}) {t.dtype} of views " +
                $"({string.Join(", ", shape)}); features are (N, T), here (2, T), with T up to 65536.");
        return t.isfinite().all().item<bool>() ? (int)t.shape[1]
            : throw new InvalidDataException($"The features of the teacher {Identity.Source} are not finite.");
    }

    private static string FirstLine(Exception e) => Printable.Of(e.Message.Split('\n')[0]);

    /// <summary>A teacher that nobody else frees; null if the teacher is borrowed.</summary>
    internal IDisposable? Owned { get; init; }

    /// <summary>Frees what this object made. A borrowed teacher stays.</summary>
    public void Dispose()
    {
        folded?.Dispose();
        Owned?.Dispose();
    }
}
