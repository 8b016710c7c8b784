using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>What a TensorFlow checkpoint says of one tensor.</summary>
/// <param name="Name">Its key, unique in the checkpoint.</param>
/// <param name="Type">Its element type; null for one that is not read here, for example text.</param>
/// <param name="Shape">Its sizes in TensorFlow's order of the axes, slowest first; empty for a scalar.</param>
public sealed record TensorFlowVariable(string Name, ScalarType? Type, IReadOnlyList<long> Shape)
{
    /// <summary>The number of the data file.</summary>
    internal int Shard { get; init; }

    /// <summary>Where its first byte lies in that file.</summary>
    internal long Offset { get; init; }

    /// <summary>How many bytes it has there.</summary>
    internal long ByteCount { get; init; }

    /// <summary>Their masked CRC-32C.</summary>
    internal uint Checksum { get; init; }

    /// <summary>Whether its elements are texts.</summary>
    internal bool IsText { get; init; }
}
