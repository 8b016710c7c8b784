using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class ProjectionHeadTests
{
    private static ProjectionHead Build(ProjectionHeadOptions options)
    {
        using var generator = new Generator(1, CPU);
        return new ProjectionHead(options, 12, generator);
    }

    [Theory]
    [InlineData(0, true, 12, 0)]
    [InlineData(1, true, 7, 12 * 7 + 7)]
    [InlineData(2, true, 7, 12 * 20 + 40 + 20 * 7 + 7)]
    [InlineData(3, true, 7, 12 * 20 + 40 + 20 * 20 + 40 + 20 * 7 + 7)]
    [InlineData(2, false, 7, 12 * 20 + 20 + 20 * 7 + 7)]
    public void Layers_have_the_shapes_and_parameters_of_the_reference(int layers, bool norm, int output, int trained)
    {
        using var scope = NewDisposeScope();
        using var head = Build(new ProjectionHeadOptions { Layers = layers, HiddenDim = 20, OutputDim = 7, BatchNorm = norm });
        head.call(randn(4, 12)).shape.ShouldBe([4, output]);
        head.OutputDim.ShouldBe(output);
        head.parameters().Where(p => p.requires_grad).Sum(p => p.numel()).ShouldBe(trained); // γ but no β after the last layer
    }

    [Fact]
    public void With_batch_norm_the_projections_of_a_batch_have_mean_zero_and_variance_one()
    {
        using var scope = NewDisposeScope();
        using var head = Build(new ProjectionHeadOptions());
        var z = head.call(randn(64, 12) * 5 + 3);
        z.mean([0]).abs().max().item<float>().ShouldBeLessThan(1e-5f);
        (z.var(0, unbiased: false) - 1).abs().max().item<float>().ShouldBeLessThan(1e-2f);
    }

    [Fact]
    public void The_plain_two_layer_head_equals_the_papers_equation()
    {
        using var scope = NewDisposeScope();
        using var head = Build(new ProjectionHeadOptions { BatchNorm = false });
        var s = head.state_dict();
        var h = randn(5, 12);
        var z = (h.mm(s["layers.0.weight"].t()) + s["layers.0.bias"]).relu().mm(s["layers.2.weight"].t()) + s["layers.2.bias"];
        Golden.MaxDifference(head.call(h), z).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Options_out_of_range_are_reported()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Build(new ProjectionHeadOptions { Layers = 4 })).Message.ShouldContain("4");
        Should.Throw<ArgumentOutOfRangeException>(() => Build(new ProjectionHeadOptions { OutputDim = 0 }));
    }
}
