using SimClr.Distributed;

namespace SimClr.Evaluation;

/// <summary>The best k and T on held-out training rows.</summary>
/// <param name="K">The chosen k.</param>
/// <param name="Temperature">The chosen T.</param>
/// <param name="HeldOutTop1">
/// The top-1 accuracy on the held-out training rows, in [0, 1]: the best of the grid, so slightly optimistic.
/// </param>
public sealed record KnnSearch(int K, double Temperature, double HeldOutTop1)
{
    /// <summary>The values of k in the grid.</summary>
    public static IReadOnlyList<int> Ks { get; } = [1, 5, 10, 20, 50, 100, 200];

    /// <summary>The values of T in the grid.</summary>
    public static IReadOnlyList<double> Temperatures { get; } = [0.02, 0.05, 0.07, 0.1, 0.2, 0.5, 1];

    /// <summary>
    /// Tries the whole grid of weighted votes on a held-out tenth of the training rows; the other rows vote. Of equal results the smaller
    /// T, then the smaller k wins.
    /// </summary>
    /// <param name="train">(M, D); borrowed.</param>
    /// <param name="seed">Determines which rows are held out.</param>
    /// <param name="communicator">As for <see cref="KnnClassifier"/>.</param>
    /// <exception cref="InvalidDataException">A label is missing, there are fewer than two classes, or a feature is not finite.</exception>
    public static KnnSearch From(Features train, long seed = 0, ICommunicator? communicator = null)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var (order, heldOutRows) = ValidationSplit.First(train, 0.1, seed);
        var rows = TorchSharp.torch.tensor(order, device: train.Values.device);
        using var all = new Features(train.Values.index_select(0, rows), train.Labels.to(train.Values.device).index_select(0, rows));
        using var heldOut = ValidationSplit.Part(all, 0, heldOutRows);
        using var rest = ValidationSplit.Part(all, heldOutRows, train.Count - heldOutRows);
        using var knn = new KnnClassifier(rest, communicator);
        var (cosines, voters) = knn.Nearest(heldOut.Values, Ks.Max());
        return Temperatures.SelectMany(_ => Ks, Choice).MaxBy(choice => choice.HeldOutTop1)!;

        KnnSearch Choice(double temperature, int k)
        {
            using var scores = knn.Vote(cosines, voters, k, temperature);
            return new KnnSearch(k, temperature, Accuracy.Of(scores.ClassScores, heldOut.Labels).Top1);
        }
    }
}
