using SimClr.FineTuning;

namespace SimClr.Protocols;

/// <summary>The parameters of a <see cref="DistillRun"/>.</summary>
public sealed record DistillRequest
{
    /// <summary>The student and its training.</summary>
    public DistillOptions Options { get; init; } = new();

    /// <summary>The size of a seeded subset of the training images; null, the default, for all.</summary>
    public int? Limit { get; init; }

    /// <summary>The number of students, each trained with its own seed (0, 1, …). At least 1, the default.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Threads that read images, at least 1. Default: all processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        Options.Validate();
        Options.Training.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(Limit ?? 1, 1, nameof(Limit));
        ArgumentOutOfRangeException.ThrowIfLessThan(Seeds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
    }
}
