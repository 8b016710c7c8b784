using SimClr.Datasets;
using SimClr.IO;
using SimClr.Optimization;
using SimClr.RunFolders;

namespace SimClr.Runs;

/// <summary>
/// Known mistakes with SimCLR, each as a rule over the facts of a run. They come from the paper and from reports of other implementations'
/// users (docs/troubleshooting.md lists the sources). A rule gives a finding only if it applies.
/// </summary>
public static class ConfigurationChecks
{
    private const double ManySides = 2.5, ManySingletons = 0.9;

    private static readonly Func<DoctorFacts, Finding?>[] Rules =
    [
        // The data.
        f => Problem(Damaged(f) > 0, $"Damaged images: {Damaged(f)} of {Looked(f)} that were decoded, the first: {FirstReason(f)} pretrain leaves them out; mend or remove them."),
        f => Warning(Missed(f).Any(), $"Things that lie in the data and are not used: {Missed(f).Sum(o => o.Count)}, the first: {Missed(f).FirstOrDefault()} Mend it or move them elsewhere."),
        f => Problem(f.Items < f.Options.BatchSize, $"A batch of {f.Options.BatchSize} {RunFacts.Unit(f.Options)} cannot be filled from {f.Items}: --batch-size {Math.Max(2, HighestPower(f.Items / 8))} or less."),
        f => Warning(f.Items >= f.Options.BatchSize && f.StepsPerEpoch < 8, $"Steps in an epoch: {f.StepsPerEpoch}; every batch shows much of the {f.Items} {RunFacts.Unit(f.Options)}, and a smaller --batch-size gives more steps."),
        f => Warning(f.Images < 1000, $"Images to learn from: {f.Images}, which is few; start from weights of other images (--weights), and expect little of training from nothing."),
        f => Warning(f.Groups?.Summary is { } g && g.Singletons > ManySingletons * g.Count, $"Groups of one image: {f.Groups?.Summary.Singletons} of {f.Groups?.Count}; their pairs are two views of the image, so that the groups change little: --positives views, or a list that names more."),
        f => Warning(f.Groups?.Summary.Largest > f.Images / 2, $"One group has {f.Groups?.Summary.Largest} of {f.Images} images, and an epoch shows two of them: check what names the groups."),
        f => Warning(f.Groups?.AreClassesOf(f.Train.Data) == true, $"The groups are exactly the {f.Train.Data.Classes.Count} classes: pairs are made with the labels, and what is learned is no longer self-supervised."),
        f => Warning(f.Train.Repeated > 0, $"Copies of other images, byte for byte: {f.Train.Repeated}; in a batch they are pushed apart from themselves; remove them (simclr duplicates finds near ones too)."),
        f => Warning(f.Leaked > 0, $"Images both in the training and in the test part: {f.Leaked}; figures of the test part would be too good: remove them from one."),
        f => Warning(f.Train.Shorter.Median > 0 && f.Train.Shorter.Median < f.Options.ImageSize, $"Half of the images or more are smaller than the views (median {f.Train.Shorter.Median} pixels, views {f.Options.ImageSize}), which are made larger without gaining anything: --image-size {Math.Max(8, f.Train.Shorter.Median)}."),
        f => Warning(f.Train.Shorter.Median > ManySides * f.Options.ImageSize, $"The images (median {f.Train.Shorter.Median} pixels) are much larger than the views of {f.Options.ImageSize}, and decoding them takes the time: simclr pack --short-side {Math.Max(8, f.Options.ImageSize * 8 / 7)} makes them smaller once."),
        f => Warning(f.Train.Elongated > f.Images / 10, $"Images more than three times as long as wide: {f.Train.Elongated}; two crops of one may show nothing in common: cut them into squarer pieces, or raise views.min-scale."),
        f => Warning(Parts(f).Any(part => part.Loss is not null), $"{Parts(f).Select(part => part.Loss).FirstOrDefault(loss => loss is not null)}"),
        f => Warning(f.Train.GrayShare > 0.9, $"{f.Train.GrayShare:p0} of the images are gray: colour jitter tells views apart by brightness and contrast alone, and --set views.grayscale-probability=0 saves work."),
        f => Warning(Imbalance(f) > 20, $"The largest class has {Imbalance(f):f0} times as many images as the smallest: an accuracy over all images says little of the small ones."),

        // Views, encoder, loss.
        f => Warning(f.Options.Encoder.Objection(f.Options.ImageSize) is not null, $"{f.Options.Encoder.Objection(f.Options.ImageSize)}"),
        f => Warning(f.BlurProbability > 0 && f.Options.ImageSize <= 32, $"Blur is on for views of {f.Options.ImageSize} pixels, where it takes away what there is to see; the paper leaves it out: --set views.blur-probability=0."),
        f => Warning(f.BlurProbability == 0 && f.Options.ImageSize >= 160, $"Blur is off for views of {f.Options.ImageSize} pixels, which cost the paper 1.3 points on ImageNet: --set views.blur-probability=0.5."),
        f => Warning(f.Options.Views.ColorStrength < 0.3, $"The colour jitter is weak ({f.Options.Views.ColorStrength:g2}): the histogram of colours tells which crops are of one image, and little else is learned; --set views.color-strength=0.5 or 1."),
        f => Warning(f.Options.Views.VerticalFlipProbability > 0.5, $"More views are upside down than upright ({f.Options.Views.VerticalFlipProbability:g2}), and evaluation shows images as they are: --set views.vertical-flip-probability=0.5 or less."),
        f => Warning(f.Options.Views.RotateProbability > 0.75, $"Views are rotated more often than each of the four orientations needs ({f.Options.Views.RotateProbability:g2}), and evaluation shows images as they are: --set views.rotate-probability=0.75 or less."),
        f => Warning(f.Options.Temperature < 0.1, $"τ {f.Options.Temperature:g3} looks at the nearest negatives alone, and at false ones most: 0.1 to 0.5 (the paper lost 4.7 points at 0.05)."),
        f => Warning(f.Options.Temperature > 0.7, $"τ {f.Options.Temperature:g3} hardly tells near negatives from far ones: 0.1 to 0.5 (the paper lost 6.4 points at 1)."),
        f => Warning(f.Options.BatchSize is >= 16 and < 64, $"{2 * f.Options.BatchSize - 2} negatives are few: a larger --batch-size, smaller views (--image-size) or a narrower encoder (--width) that make room for one."),
        f => Warning(f.Options.BatchSize < 16, $"Batch normalisation and the loss both want more than {f.Options.BatchSize} images: --batch-size 64 or more."),
        f => Warning(f.Options.ShuffleWindow > 0 && f.Options.ShuffleWindow < 16 * f.Options.BatchSize, $"The shuffle's window holds {f.Options.ShuffleWindow / f.Options.BatchSize} batches, so that they mix little: --set shuffle-window={64 * f.Options.BatchSize}."),

        // The optimiser.
        f => Warning(f.IsLars && f.Options.BatchSize < 512, $"LARS is for large batches; with {f.Options.BatchSize} images --optimizer sgd is the verified choice."),
        f => Warning(f.Options.Optimizer.Kind == OptimizerKind.Sgd && f.PeakLearningRate > 2, $"SGD's rate reaches {f.PeakLearningRate:g3} and may diverge; verified recipes stay far below (0.12 at a batch of 512): lower --lr."),
        f => Warning(f.Options.Optimizer.Kind == OptimizerKind.Adamw && f.PeakLearningRate > 0.02, $"AdamW's rate reaches {f.PeakLearningRate:g3} and may diverge: lower --lr."),
        f => Warning(f.WarmupEpochs > 0.2 * f.Options.Epochs, $"The warm-up takes {f.WarmupEpochs:g3} of {f.Options.Epochs} epochs: --set optimizer.warmup-epochs={0.05 * f.Options.Epochs:g2}, or more --epochs."),
        f => Warning(f.TotalSteps is > 0 and < 500, $"Steps in all: {f.TotalSteps}, which is few; features get better for hundreds of epochs: more --epochs, or a smaller --batch-size."),

        // The machine.
        f => Problem(f.Trial?.PeakBytes(f.Options) > f.MemoryBytes, $"The run needs about {ByteSize.Show(f.Trial?.PeakBytes(f.Options) ?? 0)} of memory and this machine has {ByteSize.Show(f.MemoryBytes)}: a smaller --micro-batch-size (the same gradient), --image-size or --width."),
        f => Warning(f.Trial?.WaitShare > 0.3, $"Steps wait for their views {f.Trial?.WaitShare:p0} of the time: smaller images (simclr pack --short-side), a faster disk, or more processors."),
        f => Warning(f.Seconds > 3 * 86400, $"The run would take about {f.Seconds / 86400:f0} days on this machine: fewer --epochs, a narrower encoder (--width 0.25 is twelve times cheaper), or --limit."),
    ];

    /// <summary>The findings: problems first, each in the order of the rules.</summary>
    public static IReadOnlyList<Finding> Of(DoctorFacts facts) =>
        [.. Rules.Select(rule => rule(facts)).OfType<Finding>().OrderByDescending(finding => finding.IsProblem)];

    private static IEnumerable<DatasetScan> Parts(DoctorFacts f) => f.Test is null ? [f.Train] : [f.Train, f.Test];

    private static IEnumerable<Omission> Missed(DoctorFacts f) =>
        Parts(f).SelectMany(part => part.Data.Omissions).Where(omission => !omission.IsExpected).Distinct();

    private static int Damaged(DoctorFacts f) => Parts(f).Sum(part => part.Damaged.Count);

    private static int Looked(DoctorFacts f) => Parts(f).Sum(part => part.Decoded);

    private static string FirstReason(DoctorFacts f) => Parts(f).SelectMany(part => part.Damaged).FirstOrDefault()?.Reason ?? "";

    private static double Imbalance(DoctorFacts f) =>
        f.Train.ClassCounts is { Length: > 0 } counts && counts.Max() > 0 ? (double)counts.Max() / Math.Max(1, counts.Min()) : 0;

    private static int HighestPower(int most) => most < 1 ? 1 : 1 << int.Log2(most);

    private static Finding? Problem(bool applies, FormattableString text) => applies ? new(true, FormattableString.Invariant(text)) : null;

    private static Finding? Warning(bool applies, FormattableString text) => applies ? new(false, FormattableString.Invariant(text)) : null;
}
