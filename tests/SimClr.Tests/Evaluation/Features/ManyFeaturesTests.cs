using SimClr.Evaluation;
using SimClr.Runtime;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

/// <summary>
/// More rows than a span of bytes holds: 175,000 rows of 3,072 numbers are 2.15·10⁹ bytes, and the copy for the neighbour search is as
/// large.
/// </summary>
[Trait("Duration", "Long")]
public sealed class ManyFeaturesTests
{
    private const long Count = 175_000, Dimensions = 3_072;

    [Fact]
    public void Neighbours_beyond_2_GiB_of_features_are_found()
    {
        // Zeros except for the last four rows; pages that are never written take no memory.
        using var scope = torch.NewDisposeScope();
        var values = torch.zeros(Count, Dimensions);
        (long Column, float Value)[] last = [(0, 2), (1, 3), (0, 5), (3_071, 1)];
        foreach (var (i, (column, value)) in last.Index()) values[Count - last.Length + i, column] = value;
        var labels = torch.zeros(Count, torch.int64);
        (labels[Count - 4], labels[Count - 3], labels[Count - 2], labels[Count - 1]) = (torch.tensor(1L), torch.tensor(2L), torch.tensor(1L), torch.tensor(3L));

        using (var knn = new KnnClassifier(new Features(values, labels)))
        {
            var queries = torch.zeros(3, Dimensions);
            (queries[0, 0], queries[1, 1], queries[2, 3_071]) = (torch.tensor(1f), torch.tensor(1f), torch.tensor(1f));
            var scores = knn.Score(queries, new KnnOptions { K = [1] });
            scores[0].Predictions().ShouldBe([1, 2, 3]);
        }

        var rows = new MatrixRows(values);
        rows[Count - 1][3_071].ShouldBe(1);
        rows[Count - 3][1].ShouldBe(3);
        rows[Count - 3][0].ShouldBe(0);
        Should.Throw<ArgumentOutOfRangeException>(() => rows[Count].Length);
    }
}
