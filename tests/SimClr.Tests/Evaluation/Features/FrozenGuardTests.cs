using SimClr.Evaluation;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace SimClr.Tests.Evaluation;

public sealed class FrozenGuardTests
{
    private static Sequential Encoder()
    {
        var encoder = Sequential(("conv", Conv2d(3, 4, 3)), ("bn", BatchNorm2d(4)), ("fc", Sequential(("inner", Linear(2, 2)))));
        encoder.eval();
        return encoder;
    }

    private static void Change(Sequential encoder, string name) => encoder.state_dict()[name].flatten()[^1].add_(1);

    [Fact]
    public void An_evaluation_in_eval_mode_passes_the_check()
    {
        using var encoder = Encoder();
        var guard = new FrozenGuard(encoder);
        using var noGrad = torch.no_grad();
        using var images = torch.rand(2, 3, 4, 4);
        encoder.forward(images).Dispose();
        guard.Check();
    }

    [Theory]
    [InlineData("conv.weight")]
    [InlineData("bn.bias")]
    [InlineData("bn.running_mean")]
    [InlineData("bn.num_batches_tracked")]
    [InlineData("fc.inner.weight")]
    public void The_last_element_of_any_tensor_is_watched(string name)
    {
        using var encoder = Encoder();
        using var noGrad = torch.no_grad();
        var guard = new FrozenGuard(encoder);
        Change(encoder, name);
        Should.Throw<InvalidOperationException>(guard.Check).Message.ShouldBe($"The encoder was not frozen: {name} changed while it was evaluated.");
    }

    [Fact]
    public void The_first_of_several_changes_by_name_is_reported()
    {
        using var encoder = Encoder();
        using var noGrad = torch.no_grad();
        var guard = new FrozenGuard(encoder);
        Change(encoder, "fc.inner.weight");
        Change(encoder, "bn.running_var");
        Should.Throw<InvalidOperationException>(guard.Check).Message.ShouldContain("bn.running_var changed");
    }

    [Fact]
    public void An_added_tensor_is_reported()
    {
        using var encoder = Encoder();
        var guard = new FrozenGuard(encoder);
        encoder.append("extra", Linear(1, 1));
        encoder.eval();
        Should.Throw<InvalidOperationException>(guard.Check).Message.ShouldContain("extra.bias came");
    }

    [Fact]
    public void Training_mode_is_refused_in_nested_modules_and_at_the_end()
    {
        using var encoder = Encoder();
        var guard = new FrozenGuard(encoder);
        encoder.named_modules().Single(m => m.name == "fc.inner").module.train();
        Should.Throw<InvalidOperationException>(guard.Check).Message.ShouldContain("fc.inner is in training mode");
        Should.Throw<InvalidOperationException>(() => new FrozenGuard(encoder)).Message.ShouldContain("fc.inner is in training mode");
        encoder.train();
        Should.Throw<InvalidOperationException>(() => new FrozenGuard(encoder)).Message.ShouldContain("it is in training mode");
    }
}
