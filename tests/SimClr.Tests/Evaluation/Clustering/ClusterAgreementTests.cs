using SimClr.Evaluation;

namespace SimClr.Tests.Evaluation;

public sealed class ClusterAgreementTests
{
    // The values are those of the worked example in Manning, Raghavan and Schütze, "Introduction to Information Retrieval", section 16.3:
    // 17 points, purity 0.71, NMI (arithmetic mean) 0.36.
    private static readonly int[] Clusters = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2];
    private static readonly int[] Labels = [0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 2, 0, 0, 2, 2, 2];

    [Fact]
    public void Agrees_with_the_textbooks_example()
    {
        var agreement = ClusterAgreement.Of(Clusters, Labels);
        agreement.Purity.ShouldBe(12.0 / 17, 1e-12);
        agreement.NormalizedMutualInformation.ShouldBe(0.36, 0.005);
    }

    [Fact]
    public void Names_of_clusters_do_not_matter_and_rows_without_a_label_do_not_count()
    {
        var renamed = ClusterAgreement.Of([.. Clusters.Select(c => 40 - 7 * c), 3, 40], [.. Labels, -1, -1]);
        var plain = ClusterAgreement.Of(Clusters, Labels);
        renamed.Purity.ShouldBe(plain.Purity, 1e-12);
        renamed.NormalizedMutualInformation.ShouldBe(plain.NormalizedMutualInformation, 1e-12);
    }

    [Theory]
    [InlineData(new[] { 0, 0, 1, 1 }, new[] { 5, 5, 2, 2 }, 1, 1)]
    [InlineData(new[] { 0, 1, 0, 1 }, new[] { 0, 0, 1, 1 }, 0.5, 0)]
    [InlineData(new[] { 0, 0, 0, 0 }, new[] { 1, 1, 1, 1 }, 1, 1)]
    [InlineData(new[] { 0, 0, 0, 0 }, new[] { 0, 1, 2, 3 }, 0.25, 0)]
    public void The_extremes_are_right(int[] clusters, int[] labels, double purity, double information)
    {
        var agreement = ClusterAgreement.Of(clusters, labels);
        agreement.Purity.ShouldBe(purity, 1e-12);
        agreement.NormalizedMutualInformation.ShouldBe(information, 1e-12);
    }

    [Fact]
    public void An_empty_comparison_is_refused()
    {
        Should.Throw<ArgumentException>(() => ClusterAgreement.Of([0, 1], [-1, -1])).Message.ShouldContain("No row has a label");
        Should.Throw<ArgumentException>(() => ClusterAgreement.Of([0, 1], [0])).Message.ShouldContain("2 and 1");
    }
}
