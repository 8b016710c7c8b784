using SimClr.Datasets;
using SimClr.FineTuning;

namespace SimClr.Protocols;

/// <summary>The parameters of a <see cref="FineTuneRun"/>.</summary>
public sealed record FineTuneRequest
{
    /// <summary>
    /// The labels to use (<see cref="LabelledImages"/>): a share of each class (<c>10%</c>), a number of images per class (<c>25</c>), or a
    /// file with a list of images. Default: all.
    /// </summary>
    public string Labels { get; init; } = "100%";

    /// <summary>The training of the network.</summary>
    public FineTuneOptions Options { get; init; } = new();

    /// <summary>The number of networks, each trained with its own labels and seed (0, 1, …). At least 1, the default.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Whether the same network is also trained from scratch. Default true.</summary>
    public bool Scratch { get; init; } = true;

    /// <summary>Threads that read images, at least 1. Default: all processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        Options.Validate();
        Options.Training.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(Seeds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
    }
}
