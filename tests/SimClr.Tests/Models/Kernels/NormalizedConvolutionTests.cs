using SimClr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

/// <summary>Batch norm, ReLU and a 3×3 convolution as one function, beside the same as two functions and beside libtorch in float64.</summary>
public sealed class NormalizedConvolutionTests
{
    private const int Images = 40, Inputs = 64, Outputs = 32, Side = 7;

    [Theory]
    [InlineData(true)] // statistics of the batch
    [InlineData(false)] // running ones
    public void One_function_gives_the_bits_of_two(bool training)
    {
        using var scope = NewDisposeScope();
        var one = Step(training, (norm, convolution, x) => norm.ReluConvolve(x, convolution));
        var two = Step(training, (norm, convolution, x) => convolution.call(norm.Relu(x)));
        one.Count.ShouldBe(two.Count);
        foreach (var (name, value) in one) value.eq(two[name]).all().item<bool>().ShouldBeTrue(name);
    }

    [Fact]
    public void Values_and_gradients_are_libtorchs_in_float64()
    {
        using var scope = NewDisposeScope();
        var one = Step(training: true, (norm, convolution, x) => norm.ReluConvolve(x, convolution));
        var (x, upstream, norm, convolution) = Drawn();
        (x, upstream) = (x.detach().to(float64).requires_grad_(true), upstream.to(float64));
        Tensor γ = norm.weight.detach().to(float64).requires_grad_(true), β = norm.bias.detach().to(float64).requires_grad_(true);
        var weight = convolution.Weight.detach().to(float64).requires_grad_(true);
        var y = nn.functional.conv2d(nn.functional.batch_norm(x, null, null, γ, β, training: true).relu(), weight, padding: [1, 1]);
        y.backward([upstream]);
        foreach (var (name, expected) in new Dictionary<string, Tensor> { ["y"] = y, ["x"] = x.grad!, ["weight"] = γ.grad!, ["bias"] = β.grad!, ["filters"] = weight.grad! })
            ConvolutionTrial.Error(one[name], expected).ShouldBeLessThan(3e-6, name);
    }

    [Fact]
    public void A_channel_whose_scale_is_0_and_shift_above_0_is_0_beyond_the_border_all_the_same()
    {
        using var scope = NewDisposeScope();
        var (x, _, norm, convolution) = Drawn();
        using (no_grad())
        {
            norm.weight.zero_();
            norm.bias.fill_(1);
        }
        var expected = nn.functional.conv2d(ones_like(x), convolution.Weight, padding: [1, 1]);
        ConvolutionTrial.Error(norm.ReluConvolve(x, convolution).detach(), expected.detach().to(float64)).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Without_gradients_the_values_are_the_same()
    {
        using var scope = NewDisposeScope();
        var (x, _, norm, convolution) = Drawn();
        norm.eval();
        var with = norm.ReluConvolve(x, convolution).detach();
        using var _ = no_grad();
        norm.ReluConvolve(x, convolution).eq(with).all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void What_is_frozen_gets_no_gradient_and_the_rest_keeps_its_bits()
    {
        using var scope = NewDisposeScope();
        var all = Step(training: true, (norm, convolution, x) => norm.ReluConvolve(x, convolution));
        var (x, upstream, norm, convolution) = Drawn();
        norm.weight.requires_grad_(false);
        norm.bias.requires_grad_(false);
        norm.ReluConvolve(x.detach(), convolution).backward([upstream]);
        convolution.Weight.grad!.eq(all["filters"]).all().item<bool>().ShouldBeTrue();
        norm.weight.grad.ShouldBeNull();

        (x, upstream, norm, convolution) = Drawn(); // β alone
        norm.weight.requires_grad_(false);
        convolution.Weight.requires_grad_(false);
        norm.ReluConvolve(x.detach(), convolution).backward([upstream]);
        norm.bias.grad!.eq(all["bias"]).all().item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void Nothing_but_the_results_stays_alive()
    {
        using var scope = NewDisposeScope();
        var (x, upstream, norm, convolution) = Drawn();
        void Pass()
        {
            using var step = NewDisposeScope();
            norm.zero_grad();
            convolution.zero_grad();
            x.grad?.zero_();
            norm.ReluConvolve(x, convolution).backward([upstream]);
        }
        Pass();
        Pass();
        long alive = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 20; i++) Pass();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(alive);
    }

    private static Dictionary<string, Tensor> Step(bool training, Func<BatchNorm, Convolution3x3, Tensor, Tensor> function)
    {
        var (x, upstream, norm, convolution) = Drawn();
        norm.train(training);
        var y = function(norm, convolution, x);
        y.backward([upstream]);
        var results = new Dictionary<string, Tensor>
        {
            ["y"] = y.detach(),
            ["x"] = x.grad!,
            ["weight"] = norm.weight.grad!,
            ["bias"] = norm.bias.grad!,
            ["filters"] = convolution.Weight.grad!,
        };
        foreach (var (name, buffer) in norm.named_buffers()) results[name] = buffer.clone();
        return results;
    }

    private static (Tensor X, Tensor Upstream, BatchNorm Norm, Convolution3x3 Convolution) Drawn()
    {
        using var generator = new Generator(7, CPU);
        var (norm, convolution) = (new BatchNorm(Inputs), new Convolution3x3(Inputs, Outputs));
        using (no_grad())
        {
            norm.weight.normal_(0, 1, generator); // of both signs
            norm.bias.normal_(0, 1, generator);
            convolution.Weight.normal_(0, 0.1, generator);
        }
        var x = ChannelsLast.Of(randn([Images, Inputs, Side, Side], generator: generator) * 2 + 0.5).detach().requires_grad_(true);
        return (x, ChannelsLast.Of(randn([Images, Outputs, Side, Side], generator: generator)), norm, convolution);
    }
}
