using SimClr.Weights;

namespace SimClr.Models;

/// <summary>An encoder that can be written as ONNX operators.</summary>
public interface IOnnxExportable : IEncoder
{
    /// <summary>Whether no number of h is below 0, as after a ReLU: the file says so. Default false.</summary>
    bool IsNonNegative => false;

    /// <summary>The name of the encoder in the file's description.</summary>
    string Title { get; }

    /// <summary>Adds the encoder in evaluation mode, whatever its own mode. It must live until the graph is written.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">The name of the views (N, C, S, S) float32.</param>
    /// <param name="imageSize">S.</param>
    /// <returns>The name of h (N, D) float32.</returns>
    string AddTo(OnnxGraph graph, string x, int imageSize);
}
