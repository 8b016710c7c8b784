using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Tests.Datasets;
using static TorchSharp.torch;
using ParameterList = TorchSharp.Modules.ParameterList;

namespace SimClr.Tests.Pretraining;

public sealed class StepComparisonTests
{
    [Fact]
    public void Sums_in_another_order_move_numbers_across_0_and_pass()
    {
        StepComparison kinked = Compare(x => nn.functional.relu(x)), smooth = Compare(x => nn.functional.gelu(x));
        smooth.Gradients.ShouldBeInRange(1e-7, 5e-5, "rounding alone");
        kinked.Gradients.ShouldBeGreaterThan(10 * smooth.Gradients, "a ReLU made another gradient of a rounding error");
        kinked.IsWithin(StepComparison.Float32Tolerance).ShouldBeTrue($"{kinked}");
    }

    // Two models with the same weights. The first adds the channels in the opposite order, as another device might.
    private static StepComparison Compare(Func<Tensor, Tensor> activation)
    {
        int models = 0;
        var options = DeviceSelfTest.Options with
        {
            Encoder = new CustomEncoder("two orders", seed => new Network(activation, seed, isReversed: models++ == 0)),
        };
        return StepComparison.OfDevice(options.For(32), new SyntheticImages(64), CPU, ScalarType.Float32, steps: 3);
    }

    private sealed class Network : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Tensor, Tensor> activation;
        private readonly bool isReversed;
        private readonly ParameterList weights = new();
        private readonly List<BatchNorm> norms = [];

        public Network(Func<Tensor, Tensor> activation, long seed, bool isReversed) : base("two orders")
        {
            (this.activation, this.isReversed) = (activation, isReversed);
            using var generator = new Generator((ulong)seed, CPU);
            for (int i = 0; i < 4; i++)
            {
                int channels = i == 0 ? 3 : 16;
                weights.Add(nn.Parameter(randn([16, channels, 3, 3], generator: generator) / Math.Sqrt(9 * channels)));
                norms.Add(new BatchNorm(16));
                register_module($"norm{i}", norms[i]);
            }
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            for (int i = 0; i < norms.Count; i++)
            {
                Tensor w = weights[i];
                if (isReversed) (x, w) = (x.flip(1), w.flip(1));
                x = activation(norms[i].call(nn.functional.conv2d(x, w, padding: [1, 1])));
            }
            return x.mean([2, 3]);
        }
    }
}
