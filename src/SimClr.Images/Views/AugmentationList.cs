using SimClr.Randomness;

namespace SimClr.Views;

/// <summary>
/// A user's augmentations in order, with their numbers one after the other. Immutable; as thread-safe as the augmentations.
/// </summary>
internal sealed class AugmentationList
{
    private readonly (IAugmentation Step, ulong Stream, int Numbers)[] entries;

    /// <summary>Reads the names and counts once.</summary>
    /// <exception cref="ArgumentException">A name is empty or a duplicate, or a count is negative.</exception>
    public AugmentationList(IReadOnlyList<IAugmentation> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        entries = [.. steps.Select(step => (step, CounterRandom.Stream(Named(step).Name), step.Numbers))];
        Steps = [.. steps];
        foreach (var step in Steps)
        {
            if (Steps.Count(other => other.Name == step.Name) > 1)
                throw new ArgumentException(
                    $"Two augmentations have the name '{step.Name}', which keys their random numbers.", nameof(steps));
            if (step.Numbers < 0)
                throw new ArgumentException($"The augmentation '{step.Name}' says that it has {step.Numbers} numbers.", nameof(steps));
        }
        Numbers = entries.Sum(entry => entry.Numbers);
    }

    public static AugmentationList None { get; } = new([]);

    public IReadOnlyList<IAugmentation> Steps { get; }

    public int Count => entries.Length;

    /// <summary>Numbers per view of all augmentations together.</summary>
    public int Numbers { get; }

    /// <summary>Draws the numbers of one view.</summary>
    /// <param name="view">The generator of the view, at its start.</param>
    /// <param name="numbers">(<see cref="Numbers"/>); receives the numbers.</param>
    public void Draw(CounterRandom view, Span<float> numbers)
    {
        numbers.Clear();
        int at = 0;
        foreach (var (step, stream, count) in entries) step.Draw(view.Beside(stream), numbers.Slice((at += count) - count, count));
    }

    /// <summary>Changes one view; see <see cref="IAugmentation.Apply"/>.</summary>
    public void Apply(Span<float> planes, int channels, int side, ReadOnlySpan<float> numbers)
    {
        int at = 0;
        foreach (var (step, _, count) in entries) step.Apply(planes, channels, side, numbers.Slice((at += count) - count, count));
    }

    private static IAugmentation Named(IAugmentation step) =>
        string.IsNullOrWhiteSpace((step ?? throw new ArgumentException("An augmentation is null.", nameof(step))).Name)
        ? throw new ArgumentException($"The augmentation {step.GetType()} has no name, which keys its random numbers.", nameof(step))
        : step;
}
