using SimClr.Evaluation;
using static TorchSharp.torch;

namespace SimClr.Tests.Evaluation;

public sealed class PrincipalComponentsTests
{
    [Fact]
    public void All_components_together_keep_distances_and_are_uncorrelated_in_order_of_variance()
    {
        using var scope = NewDisposeScope();
        using var features = Rows.Random(1, 30, 6, 3).ToFeatures();

        var all = PrincipalComponents.Project(features.Values, 100);

        all.shape.ShouldBe([30, 6]);
        Difference(cdist(all, all), cdist(features.Values.to(float64), features.Values.to(float64))).ShouldBeLessThan(1e-5);
        var covariance = all.t().mm(all);
        var variances = covariance.diagonal();
        Difference(covariance, diag(variances)).ShouldBeLessThan(1e-9);
        variances.data<double>().ToArray().ShouldBe(variances.data<double>().ToArray().OrderDescending());
        Difference(PrincipalComponents.Project(features.Values, 2), all.narrow(1, 0, 2)).ShouldBeLessThan(1e-12);
    }

    [Fact]
    public void The_first_component_is_the_line_through_the_rows()
    {
        using var scope = NewDisposeScope();
        var along = tensor(new[] { -3f, -1, 0, 4 });
        var rows = along.unsqueeze(1) * tensor(new[] { 0.6f, -0.8f }) + 5;

        var first = PrincipalComponents.Project(rows, 1);

        first.squeeze(1).data<double>().ToArray().ShouldBe([3, 1, 0, -4], 1e-5); // the larger entry, −0.8, becomes positive
    }

    [Fact]
    public void Fewer_rows_than_dimensions_give_as_many_components_as_rows()
    {
        using var rows = eye(3, 8);
        using var projected = PrincipalComponents.Project(rows, 5);
        projected.shape.ShouldBe([3, 3]);
        Should.Throw<ArgumentException>(() => PrincipalComponents.Project(rows, 0));
    }

    private static double Difference(Tensor a, Tensor b) => (a - b).abs().max().item<double>();
}
