using SimClr.Runtime;

namespace SimClr.Pretraining;

/// <summary>A step that was enqueued on a GPU, and whose metrics come when it is done.</summary>
/// <param name="Step">Steps done with it.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="LearningRate">Its rate.</param>
/// <param name="OfLoss">What was not finite where its loss is not.</param>
/// <param name="Values">Loss, top-1, top-5, entropy, the gradient's norm, and whether it or an earlier one diverged (0 or 1); owned by this.</param>
internal sealed record PendingStep(long Step, int Epoch, double LearningRate, string OfLoss, AsyncReadback Values) : IDisposable
{
    /// <summary>Waits for the step, and frees it.</summary>
    /// <exception cref="TrainingDivergedException">It diverged.</exception>
    public StepMetrics Read()
    {
        double[] v = Values.Read();
        Dispose();
        return v[5] == 0
            ? new StepMetrics(Step, Epoch, v[0], LearningRate, v[1], v[2], v[3], v[4])
            : throw new TrainingDivergedException(Step, !double.IsFinite(v[0]) ? OfLoss : !double.IsFinite(v[4]) ? "the gradient" : "the running statistics", LearningRate);
    }

    public void Dispose() => Values.Dispose();
}
