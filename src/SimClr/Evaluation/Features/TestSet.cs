using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// The test part of an evaluation, under lock: nothing can be learned or chosen from it, because it gives out scores only,
/// and to every classifier once. Its features are not to be had.
/// </summary>
/// <remarks>One thread at a time.</remarks>
/// <param name="features">(M, D) with labels; owned from here on.</param>
public sealed class TestSet(Features features) : IDisposable
{
    private readonly HashSet<string> scored = new(StringComparer.Ordinal);

    /// <summary>M.</summary>
    public long Count => features.Count;

    /// <summary>Scores a classifier that is finished: call it when nothing is left to be chosen.</summary>
    /// <param name="classifier">What it is called; a name is scored once.</param>
    /// <param name="classify">(M, D) float32, borrowed → (M, C), higher is better; disposed of here.</param>
    /// <exception cref="InvalidOperationException">A classifier of that name was scored already.</exception>
    /// <exception cref="ArgumentException">A test label is missing or beyond the C classes.</exception>
    public TestScores Score(string classifier, Func<Tensor, Tensor> classify) => Score([classifier], values => [classify(values)])[0];

    /// <summary>Scores several that share their work.</summary>
    /// <param name="classifiers">What they are called.</param>
    /// <param name="classify">(M, D) float32, borrowed → (M, C) of each, in that order; disposed of here.</param>
    /// <returns>In that order.</returns>
    /// <exception cref="InvalidOperationException">As above; nothing was scored.</exception>
    /// <exception cref="ArgumentException">As above.</exception>
    public IReadOnlyList<TestScores> Score(IReadOnlyList<string> classifiers, Func<Tensor, IReadOnlyList<Tensor>> classify)
    {
        ArgumentNullException.ThrowIfNull(classifiers);
        ArgumentNullException.ThrowIfNull(classify);
        if (classifiers.FirstOrDefault(scored.Contains) is { } again)
            throw new InvalidOperationException($"The test set was scored by '{again}' already: what is chosen by a second look is chosen on the test set.");
        scored.UnionWith(classifiers);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return [.. classify(features.Values).Select(scores => TestScores.Of(scores, features.Labels))];
    }

    /// <summary>Refuses a test set that classifiers learned from <paramref name="train"/> cannot be scored on: other dimensions, a class that no training row has, a label that is missing.</summary>
    /// <exception cref="InvalidDataException">The message names the row.</exception>
    public void RequireScorableAfter(Features train)
    {
        ArgumentNullException.ThrowIfNull(train);
        features.RequireScorable(train.RequireTrainable(), train.Dimensions, nameof(train));
    }

    /// <summary>Frees the features.</summary>
    public void Dispose() => features.Dispose();
}
