using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>A linear classifier for features as they are: logits W x + b. Frees its tensors when disposed.</summary>
public sealed class LinearClassifier : IDisposable
{
    internal LinearClassifier(Tensor weight, Tensor bias) => (Weight, Bias) = (weight, bias);

    /// <summary>W (C, D) float64.</summary>
    public Tensor Weight { get; }

    /// <summary>b (C) float64; −∞ for a class that had no training row.</summary>
    public Tensor Bias { get; }

    /// <summary>Frees both tensors.</summary>
    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }
}
