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
/// How and where a run trains, and the code that it needs. Device, threads, rendering, checkpoints, ranks, messages and clock may change at
/// every resume, and change results only by rounding (with a <see cref="CustomEncoder"/> also by its random layers if the ranks change).
/// Encoder, loss, augmentations and groups must stay the same. Everything is borrowed until the run ends.
/// </summary>
public sealed record PretrainRunOptions
{
    /// <summary><c>cpu</c>, <c>cuda</c> (with several ranks each its own GPU) or <c>cuda:N</c>. Default <c>cpu</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// Threads that make views, at least 1; null (the default): all processors, shared with the ranks of this host. libtorch's threads are
    /// set for the whole process with <c>torch.set_num_threads</c>.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>The device that renders views. Default: the GPU if the run trains on one, else the CPU.</summary>
    public RenderDevice RenderOn { get; init; }

    /// <summary>What happens when an image is damaged. Default: another image takes its place.</summary>
    public BadImagePolicy OnBadImage { get; init; }

    /// <summary>The number of checkpoints to keep, at least 1. Default 3.</summary>
    public int Keep { get; init; } = 3;

    /// <summary>Steps between checkpoints, at least 1; null (the default): one epoch, at most 500.</summary>
    public int? SaveEvery { get; init; }

    /// <summary>The ranks that share the run, all with the same options; borrowed. Null (the default): this process alone.</summary>
    public Ranks? Ranks { get; init; }

    /// <summary>
    /// The code of a resumed run's custom encoder: the recipe stores only its name. Null (the default): the encoder is built-in, or the run
    /// is new and its options have the code.
    /// </summary>
    public CustomEncoder? Encoder { get; init; }

    /// <summary>
    /// Allows the program of a TorchScript encoder to run. Default false: a recipe with such an encoder is refused, unless its options come
    /// from <see cref="ScriptOptions.Trusted"/>.
    /// </summary>
    public bool TrustScript { get; init; }

    /// <summary>
    /// The initial weights of a new run's encoder; borrowed. A run that was killed before its first checkpoint needs them again. Null (the
    /// default): the weights that <see cref="RunFolders.RunSettings.Weights"/> names, or random weights.
    /// </summary>
    public TrainedEncoder? StartFrom { get; init; }

    /// <summary>
    /// A loss that replaces the recipe's; borrowed. The recipe then has <c>custom</c> and <c>run.json</c> the name; a resumed run needs a
    /// loss with this name. A <see cref="TeacherLoss"/> also replaces the head by its linear map, and a resumed run needs the same teacher.
    /// Null (the default): the recipe's loss.
    /// </summary>
    public IContrastiveLoss? Loss { get; init; }

    /// <summary>
    /// Augmentations of your own (<see cref="ViewLoader.Augmentations"/>), borrowed. The run stores their names; resuming with others, or
    /// in another order, throws a <see cref="ConfigurationException"/>. Default none.
    /// </summary>
    public IReadOnlyList<IAugmentation> Augmentations { get; init; } = [];

    /// <summary>
    /// Draws the first views of the run as a PNG for TensorBoard; with groups, the views of pairs from groups. Null (the default): no
    /// picture.
    /// </summary>
    public Func<IImageDataset, PretrainOptions, ImageGroups?, byte[]>? DrawViews { get; init; }

    /// <summary>
    /// Makes the groups for <see cref="PositivesKind.Custom"/> from the run's images, whose labels it may not read:
    /// <c>images => ImageGroups.By(images, i => patientOf[i])</c>. A resumed run needs the same groups. Null (the default) for any other
    /// kind.
    /// </summary>
    public Func<IImageDataset, ImageGroups>? Groups { get; init; }

    /// <summary>Receives the messages of the run. Default: none.</summary>
    public IMessages Messages { get; init; } = IMessages.None;

    /// <summary>The clock for times and dates. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Checks every number against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range; the message names it.</exception>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Device);
        ArgumentNullException.ThrowIfNull(Augmentations);
        ArgumentNullException.ThrowIfNull(Messages);
        ArgumentNullException.ThrowIfNull(Time);
        if (SaveEvery < 1) throw new ArgumentOutOfRangeException(nameof(SaveEvery), SaveEvery, "Checkpoints are at least 1 step apart.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Keep, 1);
        if (Threads < 1) throw new ArgumentOutOfRangeException(nameof(Threads), Threads, "There must be at least 1 thread.");
    }
}
