using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Encoders;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;

namespace SimClr.Runs;

/// <summary>How and where a run trains: what may differ each time that it goes on, and changes no result but by rounding. What is lent here is used until <see cref="PretrainRun.ExecuteAsync"/> ends.</summary>
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

    /// <summary>What a run that is begun starts its encoder from; borrowed. Null (the default): what <see cref="RunFolders.RunSettings.Weights"/> names, or fresh weights.</summary>
    public TrainedEncoder? StartFrom { get; init; }

    /// <summary>Where a data set that is not here is downloaded from and to. Null (the default): such data are refused.</summary>
    public DownloadPlace? Downloads { get; init; }

    /// <summary>Draws the views that the run begins with, as a PNG for TensorBoard. Null (the default): nobody does.</summary>
    public Func<IImageDataset, PretrainOptions, byte[]>? DrawViews { get; init; }

    /// <summary>Is told of every step after it is logged and before it is saved, on the thread that trains, which waits: what it throws ends the run as a failure of its own.</summary>
    public IProgress<StepMetrics>? Steps { get; init; }

    /// <summary>Gets what the run says of itself. Default: nobody.</summary>
    public IMessages Messages { get; init; } = IMessages.None;

    /// <summary>Times steps and dates them. Default: the system's clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
