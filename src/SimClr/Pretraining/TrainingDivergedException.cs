namespace SimClr.Pretraining;

/// <summary>
/// Projections, loss, gradient or the batch norms' running statistics are no longer finite. Weights, running statistics, optimiser and
/// probe are as before the step.
/// </summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Describes the failure.</summary>
    /// <param name="step">The step that failed, from 1.</param>
    /// <param name="what">
    /// What was not finite: <c>the projections</c>, <c>the loss 'NAME'</c>, <c>the gradient</c>, <c>the running statistics</c>.
    /// </param>
    /// <param name="learningRate">The rate of that step.</param>
    public TrainingDivergedException(long step, string what, double learningRate)
        : base($"Training diverged at step {step}: {what} held values that are not finite (learning rate {learningRate:g4}). Try " +
            $"a smaller learning rate, a longer warm-up or a higher temperature.")
    {
        Step = step;
    }

    /// <summary>The step that failed, from 1.</summary>
    public long Step { get; }
}
