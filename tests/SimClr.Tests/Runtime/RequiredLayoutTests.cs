using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Tests.Runtime;

public sealed class RequiredLayoutTests
{
    [Fact]
    public void The_packaged_libtorch_has_the_layout_that_TorchSharp_reads() =>
        Should.NotThrow(() => RequiredLayout.Check("/opt/torch/lib", "2.10"));

    [Fact]
    public void The_first_property_that_is_read_wrongly_is_named()
    {
        using var scope = NewDisposeScope();
        var right = arange(12, float64).reshape(3, 4);
        RequiredLayout.FirstDifference(right).ShouldBeNull();
        RequiredLayout.FirstDifference(right.reshape(2, 2, 3)).ShouldBe("number of dimensions");
        RequiredLayout.FirstDifference(right.to(float32)).ShouldBe("type");
        RequiredLayout.FirstDifference(right.to(META)).ShouldBe("device");
        RequiredLayout.FirstDifference(right.narrow(0, 0, 2)).ShouldBe("number of values");
        RequiredLayout.FirstDifference(right.reshape(4, 3)).ShouldBe("shape");
        RequiredLayout.FirstDifference(right.t().contiguous().t()).ShouldBe("order of values");
        RequiredLayout.FirstDifference(right.reshape(12).flip(0).reshape(3, 4)).ShouldBe("values");
        RequiredLayout.FirstDifference(zeros(20, float64).narrow(0, 5, 12).reshape(3, 4)).ShouldBe("offset");
        RequiredLayout.FirstDifference(right.clone().requires_grad_()).ShouldBe("need of a gradient");
    }
}
