using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>The rows of a matrix of features, read some at a time: there may be more of them than memory.</summary>
/// <remarks>One thread at a time.</remarks>
public interface IFeatureRows
{
    /// <summary>N, the number of rows, at least 1.</summary>
    int Count { get; }

    /// <summary>D, the length of a row, at least 1.</summary>
    int Dimensions { get; }

    /// <summary>The number of rows to read at once, at least 1; N where all are in memory anyway.</summary>
    int BlockRows { get; }

    /// <summary>Reads rows.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">At least 1; the rows must exist.</param>
    /// <returns>(count, D) float32 without a graph, contiguous; owned by the caller.</returns>
    /// <exception cref="IOException">They cannot be read.</exception>
    Tensor Read(int first, int count);
}
