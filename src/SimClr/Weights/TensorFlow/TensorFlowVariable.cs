using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>A tensor of a TensorFlow checkpoint, without its values.</summary>
/// <param name="Name">Its key, unique in the checkpoint.</param>
/// <param name="Type">Its dtype; null if unsupported, for example text.</param>
/// <param name="Shape">Its sizes in TensorFlow's order of axes, slowest first; empty for a scalar.</param>
public sealed record TensorFlowVariable(string Name, ScalarType? Type, IReadOnlyList<long> Shape)
{
    /// <summary>The number of the data file.</summary>
    internal int Shard { get; init; }

    /// <summary>The offset of its first byte in that file.</summary>
    internal long Offset { get; init; }

    /// <summary>Its size in bytes.</summary>
    internal long ByteCount { get; init; }

    /// <summary>The masked CRC-32C of its bytes.</summary>
    internal uint Checksum { get; init; }

    /// <summary>Whether its elements are texts.</summary>
    internal bool IsText { get; init; }
}
