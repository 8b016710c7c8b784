using CsCheck;
using SimClr.Evaluation;
using static TorchSharp.torch;

namespace SimClr.Tests.Evaluation;

public sealed class ConfusionMatrixTests
{
    [Fact]
    public void Every_row_is_counted_in_its_cell()
    {
        var matrix = ConfusionMatrix.Of([0, 0, 1, 2, 2, 2], [0, 1, 1, 0, 2, 2], classes: 4);

        Enumerable.Range(0, 4).Select(l => Enumerable.Range(0, 4).Select(p => matrix[l, p])).ShouldBe([[1L, 1, 0, 0], [0L, 1, 0, 0], [1L, 0, 2, 0], [0L, 0, 0, 0]]);
        matrix.RowsOf(2).ShouldBe(3);
        Enumerable.Range(0, 4).Select(matrix.AccuracyOf).ShouldBe([0.5, 1, 2.0 / 3, null]);
    }

    [Fact]
    public void The_diagonal_is_the_accuracy_of_the_same_scores() =>
        Gen.Int[0, 1_000_000].Select(Gen.Int[2, 6], Gen.Int[2, 40]).Sample((seed, classes, rows) =>
        {
            // Integers, so that scores tie; one class may be excluded.
            var random = new Random(seed);
            var labels = Enumerable.Range(0, rows).Select(_ => (long)random.Next(classes)).ToArray();
            var scores = Enumerable.Range(0, rows * classes).Select(i => i % classes == 0 ? double.NegativeInfinity : random.Next(3)).ToArray();
            if (classes > 1 && labels.All(l => l == 0)) return;
            using var scope = NewDisposeScope();
            using var knn = new KnnScores(1, true, tensor(scores, rows, classes));
            var accuracy = Accuracy.Of(knn.ClassScores, tensor(labels));

            var matrix = ConfusionMatrix.Of(labels, knn.Predictions(), classes);

            (Enumerable.Range(0, classes).Sum(c => matrix[c, c]) / (double)rows).ShouldBe(accuracy.Top1, 1e-12);
            Enumerable.Range(0, classes).Select(matrix.AccuracyOf).Average()!.Value.ShouldBe(accuracy.MeanPerClass, 1e-12);
        }, iter: 50);

    [Fact]
    public void Input_that_does_not_fit_is_reported()
    {
        Should.Throw<ArgumentException>(() => ConfusionMatrix.Of([0, 1], [0], 2)).Message.ShouldContain("2 labels and 1 predictions");
        Should.Throw<ArgumentException>(() => ConfusionMatrix.Of([0, 2], [0, 1], 2)).Message.ShouldContain("row 1 is of class 2");
    }
}
