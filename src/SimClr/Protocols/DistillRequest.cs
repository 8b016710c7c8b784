using SimClr.FineTuning;

namespace SimClr.Protocols;

/// <summary>What a <see cref="DistillRun"/> trains.</summary>
public sealed record DistillRequest
{
    /// <summary>The student, and how it is trained.</summary>
    public DistillOptions Options { get; init; } = new();

    /// <summary>Use a seeded subset of so many training images; null, the default, for all.</summary>
    public int? Limit { get; init; }

    /// <summary>How many students are trained, each with a seed (0, 1, …) of its own. At least 1, the default.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Threads that read images, at least 1. Default: all processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">One is out of range.</exception>
    public void Validate()
    {
        Options.Validate();
        Options.Training.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(Limit ?? 1, 1, nameof(Limit));
        ArgumentOutOfRangeException.ThrowIfLessThan(Seeds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
    }
}
