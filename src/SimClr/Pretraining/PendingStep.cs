using SimClr.Runtime;

namespace SimClr.Pretraining;

/// <summary>A step that is enqueued on a GPU. Its metrics are available when it is done.</summary>
/// <param name="Step">Steps done, this one included.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="LearningRate">Its learning rate.</param>
/// <param name="OfLoss">The tensor to name if the loss is not finite.</param>
/// <param name="Values">
/// Loss, top-1, top-5, entropy, gradient norm, and whether this or an earlier step diverged (0 or 1); owned by this object.
/// </param>
internal sealed record PendingStep(long Step, int Epoch, double LearningRate, string OfLoss, AsyncReadback Values) : IDisposable
{
    /// <summary>Waits for the step, and frees the values.</summary>
    /// <exception cref="TrainingDivergedException">The step diverged.</exception>
    public StepMetrics Read()
    {
        double[] v = Values.Read();
        Dispose();
        return v[5] == 0
            ? new StepMetrics(Step, Epoch, v[0], LearningRate, v[1], v[2], v[3], v[4])
            : throw new TrainingDivergedException(
                Step, !double.IsFinite(v[0]) ? OfLoss : !double.IsFinite(v[4]) ? "the gradient" : "the running statistics", LearningRate);
    }

    public void Dispose() => Values.Dispose();
}
