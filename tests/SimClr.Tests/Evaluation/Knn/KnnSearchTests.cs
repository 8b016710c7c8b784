using SimClr.Evaluation;

namespace SimClr.Tests.Evaluation;

public sealed class KnnSearchTests
{
    [Fact]
    public void The_choice_is_the_best_of_the_grid_on_held_out_rows()
    {
        var rows = Rows.Random(4, 200, 6, 3, spread: 1.5);
        using var train = rows.ToFeatures();
        var choice = KnnSearch.From(train, seed: 3);

        var (order, heldOut) = ValidationSplit.First(train, 0.1, 3);
        int[] indices = [.. order.Select(i => (int)i)];
        using var held = rows.Ordered(indices[..(int)heldOut]).ToFeatures();
        using var rest = rows.Ordered(indices[(int)heldOut..]).ToFeatures();
        using var knn = new KnnClassifier(rest);
        double best = -1;
        (int K, double T) which = default;
        foreach (double t in new[] { 0.02, 0.05, 0.07, 0.1, 0.2, 0.5, 1 })
        {
            foreach (int k in new[] { 1, 5, 10, 20, 50, 100, 200 })
            {
                double top1 = knn.Evaluate(held, new KnnOptions { K = [k], Temperature = t })[0].Accuracy.Top1;
                if (top1 > best) (best, which) = (top1, (k, t));
            }
        }
        choice.ShouldBe(new KnnSearch(which.K, which.T, best));
    }
}
