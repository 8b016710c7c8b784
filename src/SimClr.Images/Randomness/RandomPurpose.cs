using System.Diagnostics.CodeAnalysis;

namespace SimClr.Randomness;

/// <summary>
/// The purposes of <see cref="CounterRandom.For(long, RandomPurpose, long)"/> in the library. Two purposes with the same value would draw
/// the same numbers, so a new purpose takes the next free value. The values 4 to 8 are used twice: they must stay, so that runs and figures
/// stay the same, and the two uses of each have nothing in common.
/// </summary>
[SuppressMessage("Design", "CA1069", Justification = "Numbers of version 0.2 that may not change.")]
internal enum RandomPurpose : uint
{
    /// <summary>The order of an epoch's images.</summary>
    EpochOrder = 1,

    /// <summary>Which images a limit keeps.</summary>
    Limit = 2,

    /// <summary>Which images are held out.</summary>
    Split = 3,

    /// <summary>The order of the runs of consecutive images that a shuffle window reads.</summary>
    WindowRuns = 4,

    /// <summary>Which images' views are shown in pictures.</summary>
    PicturedImages = 4,

    /// <summary>The order within a shuffle window.</summary>
    WindowOrder = 5,

    /// <summary>The initial centres of k-means.</summary>
    ClusterSeeding = 5,

    /// <summary>Which images a scan decodes completely.</summary>
    ScannedImages = 6,

    /// <summary>The initial noise of t-SNE.</summary>
    MapNoise = 6,

    /// <summary>The order of the rows in training a linear classifier.</summary>
    LinearOrder = 7,

    /// <summary>Which images a map shows.</summary>
    MappedImages = 7,

    /// <summary>Which labels a label budget keeps.</summary>
    LabelBudget = 8,

    /// <summary>Which images' neighbours are shown.</summary>
    NeighbourQueries = 8,

    /// <summary>Which two images of a group form a pair.</summary>
    GroupPairs = 12,

    /// <summary>The seed of torch's generator for random layers, in a step of supervised training.</summary>
    RandomLayers = 1 << 20,
}
