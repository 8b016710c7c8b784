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
        f => Problem(Damaged(f) > 0, $"Damaged images: {Damaged(f)} of {Looked(f)} decoded ones. ",
            $"The first: {FirstReason(f)} pretrain skips them. Repair or remove them."),
        f => Warning(Missed(f).Any(), $"Files that are not used: {Missed(f).Sum(o => o.Count)}. ",
            $"The first: {Missed(f).FirstOrDefault()} Repair or remove them."),
        f => Problem(f.Items < f.Options.BatchSize, $"A batch needs {f.Options.BatchSize} {RunFacts.Unit(f.Options)}, ",
            $"but there are {f.Items}: use --batch-size {Math.Max(2, HighestPower(f.Items / 8))} or less."),
        f => Warning(f.Items >= f.Options.BatchSize && f.StepsPerEpoch < 8, $"Steps in an epoch: ",
            $"{f.StepsPerEpoch}, of {f.Items} {RunFacts.Unit(f.Options)}. A smaller --batch-size gives more steps."),
        f => Warning(f.Images < 1000, $"Training images: {f.Images}. From so few a random encoder learns little. ",
            $"Start from trained weights (--weights)."),
        f => Warning(f.Groups?.Summary is { } g && g.Singletons > ManySingletons * g.Count, $"Groups of one image: ",
            $"{f.Groups?.Summary.Singletons} of {f.Groups?.Count}. Their pairs are two views of that image, so the groups change little. ",
            $"Use --positives views, or a list with larger groups."),
        f => Warning(f.Groups?.Summary.Largest > f.Images / 2, $"One group has {f.Groups?.Summary.Largest} of {f.Images} images, ",
            $"and an epoch shows only two of them: check the list of groups."),
        f => Warning(f.Groups?.AreClassesOf(f.Train.Data) == true, $"The groups are exactly the {f.Train.Data.Classes.Count} classes: ",
            $"the pairs are made with labels, so the training is no longer self-supervised."),
        f => Warning(f.Train.Repeated > 0, $"Byte-for-byte copies of other images: {f.Train.Repeated}. ",
            $"In a batch a copy counts as a negative of its original. Remove them (simclr duplicates also finds near-duplicates)."),
        f => Warning(f.Leaked > 0, $"Images in both the training and the test part: {f.Leaked}. ",
            $"Test accuracy would be too high. Remove them from one part."),
        f => Warning(f.Train.Shorter.Median > 0 && f.Train.Shorter.Median < f.Options.ImageSize, $"At least half of the images (median ",
            $"{f.Train.Shorter.Median} pixels) are smaller than the views ({f.Options.ImageSize} pixels). ",
            $"Enlarging them gains nothing: use --image-size {Math.Max(8, f.Train.Shorter.Median)}."),
        f => Warning(f.Train.Shorter.Median > ManySides * f.Options.ImageSize, $"The images (median {f.Train.Shorter.Median} pixels) are ",
            $"much larger than the views ({f.Options.ImageSize} pixels), so decoding takes most of the time. ",
            $"Shrink them once with simclr pack --short-side {Math.Max(8, f.Options.ImageSize * 8 / 7)}."),
        f => Warning(f.Train.Elongated > f.Images / 10, $"Images more than three times as long as wide: {f.Train.Elongated}. ",
            $"Two crops of such an image may have nothing in common. Cut them into squarer pieces, or raise views.min-scale."),
        f => Warning(f.Train.GrayShare > 0.9, $"{f.Train.GrayShare:p0} of the images are gray: ",
            $"colour jitter changes only their brightness and contrast. --set views.grayscale-probability=0 saves time."),
        f => Warning(Imbalance(f) > 20, $"The largest class has {Imbalance(f):f0} times as many images as the smallest: ",
            $"accuracy over all images says little about small classes."),

        // Views, encoder, loss.
        f => Warning(f.Options.Encoder.Objection(f.Options.ImageSize) is not null, $"{f.Options.Encoder.Objection(f.Options.ImageSize)}"),
        f => Warning(f.BlurProbability > 0 && f.Options.ImageSize <= 32, $"Blur is on for views of {f.Options.ImageSize} pixels, ",
            $"where it hides the content. The paper does not blur images of this size: --set views.blur-probability=0."),
        f => Warning(f.BlurProbability == 0 && f.Options.ImageSize >= 160, $"Blur is off for views of {f.Options.ImageSize} pixels. ",
            $"In the paper that cost 1.3 points on ImageNet: --set views.blur-probability=0.5."),
        f => Warning(f.Options.Views.ColorStrength < 0.3, $"The colour jitter is weak ({f.Options.Views.ColorStrength:g2}): ",
            $"the encoder can match crops by their colours and learns little else. Use --set views.color-strength=0.5 or 1."),
        f => Warning(f.Options.Views.VerticalFlipProbability > 0.5, $"More views are upside down than upright ",
            $"({f.Options.Views.VerticalFlipProbability:g2}), but evaluation uses upright images: ",
            $"--set views.vertical-flip-probability=0.5 or less."),
        f => Warning(f.Options.Views.RotateProbability > 0.75, $"Views are rotated too often ({f.Options.Views.RotateProbability:g2}); ",
            $"0.75 gives all four orientations equally, and evaluation uses upright images: --set views.rotate-probability=0.75 or less."),
        f => Warning(f.Options.Temperature < 0.1, $"τ {f.Options.Temperature:g3} gives nearly all weight to the nearest negatives, ",
            $"which are often false ones. Use 0.1 to 0.5 (the paper lost 4.7 points at 0.05)."),
        f => Warning(f.Options.Temperature > 0.7, $"τ {f.Options.Temperature:g3} gives near and far negatives almost the same weight. ",
            $"Use 0.1 to 0.5 (the paper lost 6.4 points at 1)."),
        f => Warning(f.Options.BatchSize is >= 16 and < 64, $"{2 * f.Options.BatchSize - 2} negatives are few. ",
            $"Use a larger --batch-size; smaller views (--image-size) or a narrower encoder (--width) make room for it."),
        f => Warning(f.Options.BatchSize < 16, $"Batch normalisation and the loss need more than {f.Options.BatchSize} images: ",
            $"use --batch-size 64 or more."),
        f => Warning(f.Options.BatchSize >= 16 && f.Options.MicroBatchSize is > 0 and < 16,
            $"Batch normalisation has the statistics of {f.Options.MicroBatchSize} images at a time: ",
            $"use --micro-batch-size 32 or more."),
        f => Warning(f.Options.ShuffleWindow > 0 && f.Options.ShuffleWindow < 16 * f.Options.BatchSize, $"The shuffle window holds only ",
            $"{f.Options.ShuffleWindow / f.Options.BatchSize} batches, so images mix little: ",
            $"use --set shuffle-window={64 * f.Options.BatchSize}."),

        // The optimiser.
        f => Warning(f.IsLars && f.Options.BatchSize < 512, $"LARS is for large batches. ",
            $"With {f.Options.BatchSize} images use --optimizer sgd, as the verified recipes do."),
        f => Warning(f.Options.Optimizer.Kind == OptimizerKind.Sgd && f.PeakLearningRate > 2, $"SGD's learning rate reaches ",
            $"{f.PeakLearningRate:g3} and may diverge. Verified recipes stay far below (0.12 at a batch of 512): use a lower --lr."),
        f => Warning(f.Options.Optimizer.Kind == OptimizerKind.Adamw && f.PeakLearningRate > 0.02,
            $"AdamW's learning rate reaches {f.PeakLearningRate:g3} and may diverge: use a lower --lr."),
        f => Warning(f.WarmupEpochs > 0.2 * f.Options.Epochs, $"The warm-up takes {f.WarmupEpochs:g3} of {f.Options.Epochs} epochs: ",
            $"use --set optimizer.warmup-epochs={0.05 * f.Options.Epochs:g2}, or more --epochs."),
        f => Warning(f.TotalSteps is > 0 and < 500, $"The run has only {f.TotalSteps} steps. ",
            $"Use more --epochs, or a smaller --batch-size."),

        // The machine.
        f => Problem(f.Trial?.PeakBytes(f.Options) > f.MemoryBytes, $"The run needs about ",
            $"{ByteSize.Show(f.Trial?.PeakBytes(f.Options) ?? 0)} of memory, but there are {ByteSize.Show(f.MemoryBytes)}: ",
            $"use a smaller --micro-batch-size (the same gradient), --image-size or --width."),
        f => Warning(f.Trial?.WaitShare > 0.3, $"Steps wait for their views {f.Trial?.WaitShare:p0} of the time: ",
            $"use smaller images (simclr pack --short-side), a faster disk, or more processors."),
        f => Warning(f.Seconds > 3 * 86400, $"The run would take about {f.Seconds / 86400:f0} days on this machine: ",
            $"use fewer --epochs, a narrower encoder (--width 0.25 takes a twelfth of the time), or --limit."),
    ];

    /// <summary>The findings: problems first, each in the order of the rules.</summary>
    /// <param name="facts">What is known of the machine and the run.</param>
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

    private static Finding? Problem(bool applies, params FormattableString[] parts) => applies ? new(true, RunFacts.Text(parts)) : null;

    private static Finding? Warning(bool applies, params FormattableString[] parts) => applies ? new(false, RunFacts.Text(parts)) : null;
}
