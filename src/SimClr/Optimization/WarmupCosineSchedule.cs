
namespace SimClr.Optimization;

/// <summary>
/// The learning rate as a function of the step alone: linear from 0 to the peak over W steps, then half a cosine down to 0 at step T,
/// without restarts (section 2.3).
/// </summary>
/// <remarks>
/// A loop that drops the last, smaller batch of an epoch has T = epochs · ⌊N/B⌋. <see cref="Google"/> counts the steps of
/// google-research/simclr, whose input repeats without regard to epochs and drops nothing: T = ⌊N · epochs / B⌋ + 1. In both cases, step 0
/// has rate 0 if there is a warm-up: it changes only the statistics of batch normalisation.
/// </remarks>
public sealed class WarmupCosineSchedule
{
    /// <summary>A schedule of a given length. With W = 0 the cosine begins at step 0. With W ≥ T the run ends during warm-up.</summary>
    /// <param name="peak">The rate at step W; > 0 (<see cref="OptimizerOptions.PeakLearningRate"/>).</param>
    /// <param name="totalSteps">T ≥ 1.</param>
    /// <param name="warmupSteps">W ≥ 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public WarmupCosineSchedule(double peak, long totalSteps, long warmupSteps)
    {
        if (peak is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(nameof(peak), peak, "The peak learning rate must be positive and finite.");
        ArgumentOutOfRangeException.ThrowIfLessThan(totalSteps, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(warmupSteps);
        (Peak, TotalSteps, WarmupSteps) = (peak, totalSteps, warmupSteps);
    }

    /// <summary>The highest rate, at step W.</summary>
    public double Peak { get; }

    /// <summary>T: the rate is 0 from here on.</summary>
    public long TotalSteps { get; }

    /// <summary>W.</summary>
    public long WarmupSteps { get; }

    /// <summary>The schedule of google-research/simclr: T = ⌊N · epochs / B⌋ + 1, W = ⌊warm-up epochs · N / B⌋.</summary>
    /// <param name="peak">The rate at step W; > 0.</param>
    /// <param name="examples">N ≥ 1, the images of the data set.</param>
    /// <param name="batchSize">B ≥ 1, the images of one step.</param>
    /// <param name="epochs">≥ 0.</param>
    /// <param name="warmupEpochs">≥ 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static WarmupCosineSchedule Google(double peak, long examples, int batchSize, int epochs, double warmupEpochs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(examples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(epochs);
        if (warmupEpochs is not (>= 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(
                nameof(warmupEpochs), warmupEpochs, "The epochs of warm-up must be finite and not negative.");
        return new(peak, examples * epochs / batchSize + 1, (long)Math.Floor(warmupEpochs * examples / batchSize));
    }

    /// <summary>The learning rate of a step, in [0, <see cref="Peak"/>]; 0 from step T on.</summary>
    /// <param name="step">≥ 0: the number of steps before this one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public double LearningRate(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step >= TotalSteps) return 0;
        if (step < WarmupSteps) return Peak * step / WarmupSteps;
        return Peak * 0.5 * (1 + Math.Cos(Math.PI * (step - WarmupSteps) / (TotalSteps - WarmupSteps)));
    }
}
