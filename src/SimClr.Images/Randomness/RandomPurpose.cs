using System.Diagnostics.CodeAnalysis;

namespace SimClr.Randomness;

/// <summary>
/// The uses of <see cref="CounterRandom.For(long, RandomPurpose, long)"/> in the library. Two uses with the same seed and value draw the same
/// numbers, so a new use takes the next free value. 4 to 8 are used twice each: they keep their values, so that runs and figures stay the same,
/// and the two uses of a value have nothing in common.
/// </summary>
[SuppressMessage("Design", "CA1069", Justification = "Numbers of version 0.2 that may not change.")]
internal enum RandomPurpose : uint
{
    /// <summary>The order of an epoch's images.</summary>
    EpochOrder = 1,

    /// <summary>The images that a limit leaves.</summary>
    Limit = 2,

    /// <summary>The images that are held out.</summary>
    Split = 3,

    /// <summary>The order of the runs of neighbours that a shuffle window reads.</summary>
    WindowRuns = 4,

    /// <summary>The images whose views are pictured.</summary>
    PicturedImages = 4,

    /// <summary>The order within a shuffle window.</summary>
    WindowOrder = 5,

    /// <summary>The first centres of k-means.</summary>
    ClusterSeeding = 5,

    /// <summary>The images that a scan decodes whole.</summary>
    ScannedImages = 6,

    /// <summary>The noise that t-SNE starts with.</summary>
    MapNoise = 6,

    /// <summary>The order of the rows that a linear classifier learns from.</summary>
    LinearOrder = 7,

    /// <summary>The images of a map.</summary>
    MappedImages = 7,

    /// <summary>The images whose labels a label budget keeps.</summary>
    LabelBudget = 8,

    /// <summary>The images whose neighbours are shown.</summary>
    NeighbourQueries = 8,

    /// <summary>The two images of a group that make a pair.</summary>
    GroupPairs = 12,

    /// <summary>The seed of torch's generator for the random layers of a step of supervised training.</summary>
    RandomLayers = 1 << 20,
}
