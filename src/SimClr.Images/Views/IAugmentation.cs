using SimClr.Randomness;

namespace SimClr.Views;

/// <summary>
/// An augmentation of your own. It changes a view after the steps of <see cref="ViewPolicy"/> and before normalisation. Its random numbers
/// depend on (seed, epoch, image, view) and <see cref="Name"/> alone, so threads, ranks, micro-batches and a resume change no view.
/// </summary>
/// <remarks>
/// Several threads call <see cref="Draw"/> and <see cref="Apply"/> at once, each with memory of its own: both must be thread-safe. An
/// exception reaches the caller that takes the batches, with its stack.
/// </remarks>
public interface IAugmentation
{
    /// <summary>
    /// Keys the random numbers, and a resumed run needs the same names. Not empty, and different from that of every other augmentation of a run.
    /// </summary>
    string Name { get; }

    /// <summary>How many numbers describe the augmentation of one view, at least 0; constant.</summary>
    int Numbers { get; }

    /// <summary>Draws the numbers of one view.</summary>
    /// <param name="random">The only source of chance; a copy, which belongs to this call.</param>
    /// <param name="numbers">(<see cref="Numbers"/>), zeros; written.</param>
    void Draw(CounterRandom random, Span<float> numbers);

    /// <summary>Changes one view in place. A small crop is a view with a smaller side.</summary>
    /// <param name="planes">
    /// (C, S, S), one plane after the other, values in [0, 1]. What is written here is normalised as it is: it is neither clamped nor checked, and a NaN ends pretraining with a <c>TrainingDivergedException</c>.
    /// </param>
    /// <param name="channels">C.</param>
    /// <param name="side">S, in pixels.</param>
    /// <param name="numbers">What <see cref="Draw"/> wrote for this view.</param>
    void Apply(Span<float> planes, int channels, int side, ReadOnlySpan<float> numbers);
}
