using SimClr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed partial class BatchNormTests : IDisposable
{
    private readonly Generator generator = new(3, CPU); // used by this test only

    public void Dispose() => generator.Dispose();

    // One channel, channels that fill no vector, more than a cache line has; one block and many, the last one cut within a line.
    public static TheoryData<long[]> Shapes =>
    [
        .. (long[][])[[2, 1, 1, 1], [1, 3, 2, 1], [2, 5], [7, 3, 5, 3], [3, 16, 4, 4], [64, 24], [33, 130, 3, 1], [4, 300, 2, 2], [5, 7, 57, 59], [40, 16, 32, 31], [9, 64, 16, 16]],
    ];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Values_and_gradients_equal_the_formula_in_float64(long[] shape)
    {
        foreach (bool training in new[] { true, false })
        {
            foreach (var (relu, added) in new[] { (false, false), (true, false), (true, true) })
            {
                using var scope = NewDisposeScope();
                using var norm = Norm(shape[1], training);
                var (x, addend, upstream) = (Leaf(Draw(shape) * 3 + 10), added ? Leaf(Draw(shape)) : null, Draw(shape));
                var (mean, variance) = (Buffer(norm, "running_mean"), Buffer(norm, "running_var")); // before they move

                var y = relu ? norm.Relu(x, addend) : norm.call(x);
                y.backward([upstream]);

                Tensor x64 = Double(x), γ = Double(norm.weight), β = Double(norm.bias), addend64 = Double(addend ?? zeros_like(x));
                var over = shape.Length == 4 ? new long[] { 0, 2, 3 } : [0];
                if (training) (mean, variance) = (x64.mean(over), x64.var(over, unbiased: false));
                var v = (x64 - Beside(x, mean)) / (Beside(x, variance) + 1e-5).sqrt() * Beside(x, γ) + Beside(x, β) + addend64;
                ShouldBeClose(y, relu ? v.relu() : v, 1e-6);
                // At a value within rounding of 0 both signs are correct: the gradient follows y.
                (relu ? v * y.detach().gt(0).to(ScalarType.Float64) : v).backward([upstream.to(ScalarType.Float64)]);
                var steepest = (γ / (variance + 1e-5).sqrt()).max().detach(); // two close values cancel almost all of a large gradient
                ShouldBeClose(x.grad! / steepest, x64.grad! / steepest, 5e-6);
                ShouldBeClose(norm.weight.grad!, γ.grad!, 5e-6);
                ShouldBeClose(norm.bias.grad!, β.grad!, 5e-6);
                if (added) ShouldBeClose(addend!.grad!, addend64.grad!, 0);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Outputs_and_running_statistics_equal_libtorchs_in_both_modes(long[] shape)
    {
        using var scope = NewDisposeScope();
        using BatchNorm ours = Norm(shape[1], true), stock = Norm(shape[1], true);
        stock.to(ScalarType.Float64); // uses libtorch's operations
        for (int step = 0; step < 3; step++)
        {
            var (x, addend) = (Draw(shape) * (step + 1) - step, Draw(shape));
            ShouldBeClose(ours.Relu(x, addend), stock.Relu(x.to(ScalarType.Float64), addend.to(ScalarType.Float64)), 1e-6);
        }
        foreach (string name in ours.state_dict().Keys) ShouldBeClose(ours.state_dict()[name], stock.state_dict()[name], 1e-6);
        ours.state_dict()["num_batches_tracked"].item<long>().ShouldBe(3);
        ours.eval();
        stock.eval();
        var last = Draw(shape);
        ShouldBeClose(ours.call(last), stock.call(last.to(ScalarType.Float64)), 1e-6);
        ours.state_dict()["num_batches_tracked"].item<long>().ShouldBe(3);
    }

    [Fact]
    public void The_state_has_the_names_shapes_and_types_of_the_stock_layer()
    {
        using var scope = NewDisposeScope();
        using var norm = new BatchNorm(6);
        using var stock = nn.BatchNorm2d(6);
        static string[] Describe(nn.Module module) => [.. module.state_dict().Select(s => $"{s.Key} ({string.Join(", ", s.Value.shape)}) {s.Value.dtype} {s.Value.requires_grad} {s.Value.to(ScalarType.Float64).sum().item<double>()}").Order(StringComparer.Ordinal)];
        Describe(norm).ShouldBe(Describe(stock));
    }

    [Fact]
    public void Other_memory_formats_and_types_give_the_same_through_libtorch()
    {
        using var scope = NewDisposeScope();
        var (x, addend) = (Draw(5, 6, 4, 3), Draw(5, 6, 4, 3));
        using BatchNorm first = Norm(6, true), second = Norm(6, true);
        ShouldBeClose(first.Relu(x.contiguous(), addend.contiguous()), second.Relu(x, addend), 1e-6);
        ShouldBeClose(first.Relu(x.contiguous(), addend), second.Relu(x, addend.contiguous()), 1e-6);
    }

    [Fact]
    public void The_gradient_equals_finite_differences_of_the_loss()
    {
        using var scope = NewDisposeScope();
        using var norm = Norm(5, true);
        Tensor start = Draw(4, 5, 3, 3), direction = Draw(4, 5, 3, 3), upstream = Draw(4, 5, 3, 3).to(ScalarType.Float64);
        var x = Leaf(start);
        norm.call(x).backward([upstream.to(ScalarType.Float32)]);
        double Loss(double step)
        {
            using var noGrad = no_grad();
            return (norm.call(ChannelsLast.Of(start + direction * step)).to(ScalarType.Float64) * upstream).sum().item<double>();
        }
        const double h = 1e-2;
        double slope = (8 * (Loss(h) - Loss(-h)) - (Loss(2 * h) - Loss(-2 * h))) / (12 * h);
        (x.grad! * direction).to(ScalarType.Float64).sum().item<double>().ShouldBe(slope, 1e-3 * (1 + Math.Abs(slope)));
    }

    [Fact]
    public void A_channel_without_variance_becomes_its_shift_and_stays_finite()
    {
        using var scope = NewDisposeScope();
        using var norm = Norm(3, true);
        var x = Leaf(ones(4, 3, 5, 5) * tensor(new float[] { 0, 7, -1e6f }).reshape(1, 3, 1, 1));
        var y = norm.call(x);
        y.backward([Draw(4, 3, 5, 5)]);
        ShouldBeClose(y, Beside(y, norm.bias).expand_as(y), 0);
        x.grad!.isfinite().all().item<bool>().ShouldBeTrue();
        norm.weight.grad!.abs().max().item<float>().ShouldBe(0);
    }

    // γ, β and the running statistics differ from channel to channel.
    private static BatchNorm Norm(long channels, bool training, ScalarType type = ScalarType.Float32)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var norm = new BatchNorm((int)channels);
        var state = norm.state_dict();
        var channel = arange(channels, ScalarType.Float32);
        state["weight"].copy_(1 + (channel % 5) / 4);
        state["bias"].copy_((channel % 3) / 2 - 0.4);
        state["running_mean"].copy_(channel % 4);
        state["running_var"].copy_(1 + channel % 7);
        norm.train(training);
        return (BatchNorm)norm.to(type);
    }

    private Tensor Draw(params long[] shape) => ChannelsLast.Of(randn(shape, generator: generator));

    private static Tensor Leaf(Tensor t) => ChannelsLast.Of(t).detach().requires_grad_(true);

    private static Tensor Double(Tensor t) => t.detach().to(ScalarType.Float64).requires_grad_(true);

    private static Tensor Buffer(BatchNorm norm, string name) => norm.state_dict()[name].detach().clone();

    private static Tensor Beside(Tensor activation, Tensor channels) => activation.dim() == 4 ? channels.reshape(1, -1, 1, 1) : channels;

    private static void ShouldBeClose(Tensor actual, Tensor expected, double relative)
    {
        actual.shape.ShouldBe(expected.shape);
        Golden.MaxDifference(actual.detach(), expected.detach()).ShouldBeLessThanOrEqualTo(relative * Math.Max(1, expected.detach().abs().max().to(ScalarType.Float64).item<double>()));
    }
}
