using SimClr.Distributed;
using SimClr.Pretraining;
using static TorchSharp.torch;

namespace SimClr.Tests.Pretraining;

public sealed class OnlineProbeTests
{
    [Fact]
    public void The_probe_is_softmax_regression_with_Adam()
    {
        const int D = 5, Classes = 3;
        using var scope = NewDisposeScope();
        int[] labels = [0, 2, 1, -1, 2, 0];
        using var probe = new OnlineProbe(labels, Classes, D, CPU);
        using var linear = nn.Linear(D, Classes);
        using (no_grad()) foreach (var parameter in linear.parameters()) parameter.zero_();
        using var adam = optim.Adam(linear.parameters(), lr: 2e-3);

        for (int step = 0; step < 5; step++)
        {
            Tensor first = randn(6, D), second = randn(4, D); // images 0, 3, 4, rows i and i + m; then pairs of 1 and 0, and of 5 and 2
            probe.Observe(first, [0, 3, 4], [0, 3, 4]);
            probe.Observe(second, [1, 5], [0, 2]);
            double accuracy = probe.Step(new SingleProcessCommunicator());

            adam.zero_grad();
            var h = cat([first.index_select(0, tensor((long[])[0, 2, 3, 5])), second]);
            var y = tensor((long[])[0, 2, 0, 2, 2, 0, 0, 1]);
            var logits = linear.call(h);
            accuracy.ShouldBe(logits.argmax(1).eq(y).to(ScalarType.Float64).mean().item<double>(), 1e-9);
            nn.functional.cross_entropy(logits, y).backward();
            adam.step();
        }

        Golden.MaxDifference(probe.State["weight"], linear.weight!).ShouldBeLessThan(1e-6);
        Golden.MaxDifference(probe.State["bias"], linear.bias!).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Images_without_labels_do_not_change_the_probe()
    {
        using var scope = NewDisposeScope();
        using var probe = new OnlineProbe([-1, -1], 2, 3, CPU);
        probe.Observe(ones(4, 3), [0, 1], [0, 1]);
        probe.Step(new SingleProcessCommunicator()).ShouldBe(double.NaN);
        probe.State["weight"].abs().sum().item<float>().ShouldBe(0);
    }

    [Fact]
    public void Labels_out_of_range_are_refused()
    {
        Should.Throw<ArgumentException>(() => new OnlineProbe([0, 3], 3, 4, CPU)).Message.ShouldContain("3 is none of 3");
        Should.Throw<ArgumentException>(() => new OnlineProbe([0, -2], 3, 4, CPU)).Message.ShouldContain("-2");
        Should.Throw<ArgumentException>(() => new OnlineProbe([0, 0], 1, 4, CPU));
    }
}
