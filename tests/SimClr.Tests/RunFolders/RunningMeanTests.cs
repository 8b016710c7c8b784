using CsCheck;
using SimClr.RunFolders;

namespace SimClr.Tests.RunFolders;

public sealed class RunningMeanTests
{
    [Fact]
    public void The_running_mean_is_the_mean_of_a_plain_window() =>
        (from values in Gen.OneOf(Gen.Double[-10, 10], Gen.Const(double.NaN), Gen.Const(double.PositiveInfinity)).Array[0, 30]
         from reach in Gen.Int[0, 8]
         select (values, reach)).Sample(c =>
        {
            double[] means = RunningMean.Of(c.values, c.reach);
            means.Length.ShouldBe(c.values.Length);
            for (int i = 0; i < means.Length; i++)
            {
                var window = c.values.Where((value, j) => Math.Abs(j - i) <= c.reach && double.IsFinite(value)).ToList();
                if (window.Count == 0) means[i].ShouldBe(double.NaN);
                else means[i].ShouldBe(window.Average(), 1e-9);
            }
        }, iter: 200);
}
