using static TorchSharp.torch;

namespace SimClr.Evaluation;

/// <summary>
/// The test part of an evaluation, protected against misuse: it returns only scores, and only once per classifier. So nothing can be
/// learned or chosen from it. Its features are not accessible.
/// </summary>
/// <remarks>One thread at a time.</remarks>
/// <param name="features">(M, D) with labels; owned by this object from here on.</param>
public sealed class TestSet(Features features) : IDisposable
{
    private readonly HashSet<string> scored = new(StringComparer.Ordinal);

    /// <summary>M.</summary>
    public long Count => features.Count;

    /// <summary>Scores a finished classifier. Call it when nothing is left to choose.</summary>
    /// <param name="classifier">The name of the classifier; each name is scored once.</param>
    /// <param name="classify">(M, D) float32, borrowed → (M, C), higher is better; disposed here.</param>
    /// <exception cref="InvalidOperationException">A classifier with this name was already scored.</exception>
    /// <exception cref="ArgumentException">A test label is missing or not below C.</exception>
    public TestScores Score(string classifier, Func<Tensor, Tensor> classify) => Score([classifier], values => [classify(values)])[0];

    /// <summary>Scores several classifiers that share their computation.</summary>
    /// <param name="classifiers">The names of the classifiers.</param>
    /// <param name="classify">
    /// (M, D) float32, borrowed → (M, C) of each classifier, in order. Each is disposed before the next is asked for.
    /// </param>
    /// <returns>The scores, in the same order.</returns>
    /// <exception cref="InvalidOperationException">
    /// A classifier with one of these names was already scored; nothing is scored now.
    /// </exception>
    /// <exception cref="ArgumentException">A test label is missing or not below C.</exception>
    public IReadOnlyList<TestScores> Score(IReadOnlyList<string> classifiers, Func<Tensor, IEnumerable<Tensor>> classify)
    {
        ArgumentNullException.ThrowIfNull(classifiers);
        ArgumentNullException.ThrowIfNull(classify);
        if (classifiers.FirstOrDefault(scored.Contains) is { } again)
            throw new InvalidOperationException(
                $"The test set was already scored by '{again}'. A choice after a second score would be made on the test set.");
        scored.UnionWith(classifiers);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return [.. classify(features.Values).Select(Scored)];

        TestScores Scored(Tensor scores)
        {
            using (scores) return TestScores.Of(scores, features.Labels);
        }
    }

    /// <summary>
    /// Refuses a test set that does not fit classifiers trained on <paramref name="train"/>: other dimensions, a class without training
    /// rows, or a missing label.
    /// </summary>
    /// <param name="train">The features that the classifiers are trained on.</param>
    /// <exception cref="InvalidDataException">The message names the row.</exception>
    public void RequireScorableAfter(Features train)
    {
        ArgumentNullException.ThrowIfNull(train);
        features.RequireScorable(train.RequireTrainable(), train.Dimensions, nameof(train));
    }

    /// <summary>Frees the features.</summary>
    public void Dispose() => features.Dispose();
}
