using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Encoders;
using SimClr.Loading;
using SimClr.Losses;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Views;

namespace SimClr.Runs;

/// <summary>
/// How and where a run trains, and the code that it needs. Device, threads, rendering, checkpoints, ranks, messages and clock may differ each time that it goes
/// on, and change results by rounding alone (of a <see cref="CustomEncoder"/> also by other ranks). Encoder, loss, augmentations and groups must be the
/// same. All of it is borrowed until the run ends.
/// </summary>
public sealed record PretrainRunOptions
{
    /// <summary><c>cpu</c>, <c>cuda</c> (of several ranks each its own GPU) or <c>cuda:N</c>. Default <c>cpu</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Threads that make views, at least 1; null (the default): all processors, shared with the ranks of this host. libtorch's own threads are the process's: <c>torch.set_num_threads</c>.</summary>
    public int? Threads { get; init; }

    /// <summary>Where views are made. Default: on a GPU that the run trains on, else on the CPU.</summary>
    public RenderDevice RenderOn { get; init; }

    /// <summary>What a damaged image does. Default: another takes its place.</summary>
    public BadImagePolicy OnBadImage { get; init; }

    /// <summary>How many checkpoints are kept, at least 1. Default 3.</summary>
    public int Keep { get; init; } = 3;

    /// <summary>Steps between checkpoints, at least 1; null (the default): an epoch, at most 500.</summary>
    public int? SaveEvery { get; init; }

    /// <summary>The ranks that share the run, all with the same options; borrowed. Null (the default): this process alone.</summary>
    public Ranks? Ranks { get; init; }

    /// <summary>What makes the encoder of a run that has a custom one and goes on: the recipe knows its name alone. Null (the default): the encoder is a built-in one, or begins with the run's options.</summary>
    public CustomEncoder? Encoder { get; init; }

    /// <summary>The weights that a new run's encoder starts from; borrowed. A run that was killed before its first checkpoint needs them again. Null (the default): what <see cref="RunFolders.RunSettings.Weights"/> names, or fresh weights.</summary>
    public TrainedEncoder? StartFrom { get; init; }

    /// <summary>
    /// What is minimised in the place of the recipe's loss; borrowed. The recipe then says <c>custom</c> and <c>run.json</c> the name, and a resumed run must be given a
    /// loss of that name. Null (the default): the recipe's.
    /// </summary>
    public IContrastiveLoss? Loss { get; init; }

    /// <summary>
    /// Augmentations of your own (<see cref="ViewLoader.Augmentations"/>), borrowed. The run remembers their names; resuming with others, or in
    /// another order, is a <see cref="ConfigurationException"/>. Default none.
    /// </summary>
    public IReadOnlyList<IAugmentation> Augmentations { get; init; } = [];

    /// <summary>Draws the views that the run begins with, as a PNG for TensorBoard; of the groups that pairs are taken from, where there are any. Null (the default): nobody does.</summary>
    public Func<IImageDataset, PretrainOptions, ImageGroups?, byte[]>? DrawViews { get; init; }

    /// <summary>
    /// Makes the groups of <see cref="PositivesKind.Custom"/> of the run's images, whose labels it may not read: <c>images => ImageGroups.By(images,
    /// i => patientOf[i])</c>. A resumed run needs the same groups. Null (the default) for any other kind.
    /// </summary>
    public Func<IImageDataset, ImageGroups>? Groups { get; init; }

    /// <summary>Gets what the run says of itself. Default: nobody.</summary>
    public IMessages Messages { get; init; } = IMessages.None;

    /// <summary>Times steps and dates them. Default: the system's clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Checks every number against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is outside; the message names it.</exception>
    internal void Validate()
    {
        if (SaveEvery < 1) throw new ArgumentOutOfRangeException(nameof(SaveEvery), SaveEvery, "Checkpoints are at least 1 step apart.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Keep, 1);
        if (Threads < 1) throw new ArgumentOutOfRangeException(nameof(Threads), Threads, "There must be at least 1 thread.");
    }
}
