using SimClr.Randomness;

namespace SimClr.Views;

/// <summary>
/// A user's own augmentation. It changes a view after the steps of <see cref="ViewPolicy"/> and before normalisation. Its random numbers
/// depend on (seed, epoch, image, view) and <see cref="Name"/> alone. So threads, ranks, micro-batches and a resume do not change a view.
/// </summary>
/// <remarks>
/// Several threads call <see cref="Draw"/> and <see cref="Apply"/> at once, each with its own memory: both must be thread-safe. An
/// exception reaches the consumer of the batches, with its stack.
/// </remarks>
public interface IAugmentation
{
    /// <summary>
    /// The key of the random numbers; a resumed run needs the same names. Not empty, and unique among the augmentations of a run.
    /// </summary>
    string Name { get; }

    /// <summary>How many numbers describe the augmentation of one view; at least 0 and constant.</summary>
    int Numbers { get; }

    /// <summary>Draws the numbers of one view.</summary>
    /// <param name="random">The only source of randomness. It is a copy that belongs to this call.</param>
    /// <param name="numbers">(<see cref="Numbers"/>), zeros; receives the numbers.</param>
    void Draw(CounterRandom random, Span<float> numbers);

    /// <summary>Changes one view in place. A small crop is a view with a smaller side.</summary>
    /// <param name="planes">
    /// (C, S, S), one plane after the other, values in [0, 1]. The result is normalised without being clamped or checked. A NaN ends
    /// pretraining with a <c>TrainingDivergedException</c>.
    /// </param>
    /// <param name="channels">C.</param>
    /// <param name="side">S, in pixels.</param>
    /// <param name="numbers">The numbers that <see cref="Draw"/> wrote for this view.</param>
    void Apply(Span<float> planes, int channels, int side, ReadOnlySpan<float> numbers);
}
