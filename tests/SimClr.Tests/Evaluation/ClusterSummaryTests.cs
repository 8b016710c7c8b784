using SimClr.Evaluation;
using SimClr.Runtime;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed class ClusterSummaryTests
{
    public ClusterSummaryTests() => LibTorch.Load();

    [Fact]
    public void Rows_come_nearest_first_and_unlabelled_rows_do_not_count_for_the_class()
    {
        using var result = new KMeansResult(torch.zeros(3, 2), [0, 2, 0, 0, 2], [0.5f, 0.25f, 1, 0.75f, 0.75f], [1, 0.5], true);
        string?[] classes = ["cat", null, "dog", "cat", null];

        var clusters = ClusterSummary.Of(result, row => classes[row]);

        clusters.Select(c => c.Rows.ToArray()).ShouldBe([[2, 3, 0], [], [4, 1]]);
        clusters.Select(c => c.MeanCosine).ShouldBe([0.75, 0, 0.5]);
        clusters.Select(c => c.Class).ShouldBe(["cat", null, null]);
        clusters[0].ClassShare.ShouldBe(2.0 / 3);
    }
}
