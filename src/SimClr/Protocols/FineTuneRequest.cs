using SimClr.Datasets;
using SimClr.FineTuning;

namespace SimClr.Protocols;

/// <summary>What a <see cref="FineTuneRun"/> trains.</summary>
public sealed record FineTuneRequest
{
    /// <summary>Which labels are used (<see cref="LabelledImages"/>): a share of each class (<c>10%</c>), a number of images of each class (<c>25</c>), or a file that lists images. Default: all.</summary>
    public string Labels { get; init; } = "100%";

    /// <summary>How the network is trained.</summary>
    public FineTuneOptions Options { get; init; } = new();

    /// <summary>How many times the network is trained, each with labels and a seed (0, 1, …) of its own. At least 1, the default.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Whether the same network is trained from scratch beside it. Default true.</summary>
    public bool Scratch { get; init; } = true;

    /// <summary>Threads that read images, at least 1. Default: all processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">One is out of range.</exception>
    public void Validate()
    {
        Options.Validate();
        Options.Training.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(Seeds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
    }
}
