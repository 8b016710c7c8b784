using SimClr.Losses;
using static TorchSharp.torch;

namespace SimClr.Tests.Losses;

/// <summary>The contrastive accuracy with equal cosines, for every implementation.</summary>
public sealed class TiesTests
{
    // Fused tiles; tensor operations in float32 and float64; the enqueued ones; with small crops; on ranks; without the positive in the
    // sums.
    public static TheoryData<string> Ways => ["tiles", "operations", "float64", "enqueued", "crops", "ranks", "decoupled", "decoupled operations"];

    private static (double Top1, double Top5) Accuracies(string way, Tensor z)
    {
        using var scope = NewDisposeScope();
        int images = (int)z.shape[0] / 2;
        double temperature = way.EndsWith("operations", StringComparison.Ordinal) ? 0.01 : 0.5;
        IContrastiveLoss loss = way.StartsWith("decoupled", StringComparison.Ordinal) ? new DecoupledLoss(temperature) : new NtXentLoss(temperature);
        if (way == "float64") z = z.to(float64);
        if (way == "crops") z = cat([z, z.narrow(0, 0, images)]);
        if (way == "ranks")
        {
            double[] figures = SlowLoss.OnRanks(loss, z, 0, [(0, images / 3), (images / 3, images - images / 3)]).Figures;
            return (figures[1], figures[2]);
        }
        using var result = loss.Compute(new ProjectionBatch(z, indices: [], way == "crops" ? 1 : 0) { HostMayRead = way != "enqueued" });
        return (result.Top1, result.Top5);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Equal_projections_do_not_count_as_correct(string way)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2, CPU);
        foreach (var z in (Tensor[])[zeros(8, 4), ones(8, 4), randn(1, 100, generator: generator).repeat(602, 1), zeros(602, 3)])
            Accuracies(way, z).ShouldBe((0, 0), $"{z.shape[0]} rows");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_copy_of_the_positive_is_a_tie_at_any_position(string way)
    {
        const int N = 301, D = 100; // ragged blocks
        using var scope = NewDisposeScope();
        using var generator = new Generator(3, CPU);
        var first = randn(N, D, generator: generator);
        var second = first + 0.1 * randn(N, D, generator: generator);
        Accuracies(way, cat([first, second])).ShouldBe((1, 1)); // cosines of 0.99 among cosines of 0 ± 0.1

        // The second view of a is also b's second view: a's first view has a tie, b's first view differs, and the copies match each other
        // before their partners.
        (int A, int B)[] pairs = [(0, 300), (5, 6), (100, 255), (290, 17), (128, 127)];
        foreach (var (a, b) in pairs) second[b] = second[a];
        Accuracies(way, cat([first, second])).Top1.ShouldBe(1 - 4.0 * pairs.Length / (2 * N), 1e-9);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Five_ties_with_the_positive_exclude_it_from_the_top_five(string way)
    {
        using var scope = NewDisposeScope();
        var views = eye(40).narrow(0, 0, 20);
        foreach (int copies in (int[])[4, 5])
        {
            var second = views.clone();
            second.narrow(0, 1, copies).copy_(views[0]); // of image 0's
            var (top1, top5) = Accuracies(way, cat([views, second]));
            int untouched = 2 * (19 - copies); // anchors; a copy and its partner are orthogonal, and so are all other views and the partner
            top1.ShouldBe(untouched / 40.0, 1e-9);
            top5.ShouldBe((untouched + (copies < 5 ? 2 : 0)) / 40.0, 1e-9); // image 0's views tie with the copies
        }
    }
}
