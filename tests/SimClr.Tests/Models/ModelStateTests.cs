using SimClr.Models;
using TorchSharp;

namespace SimClr.Tests.Models;

public sealed class ModelStateTests
{
    private static SimClrModel Model(long seed, double width = 0.125) =>
        new(new ResNetOptions { Width = width }, new ProjectionHeadOptions { OutputDim = 16 }, 32, seed);

    [Fact]
    public void Equal_weights_have_equal_hashes_and_any_change_changes_the_hash()
    {
        using SimClrModel one = Model(5), same = Model(5), other = Model(6), wider = Model(5, 0.25);
        string hash = ModelState.Sha256(one.Encoder);
        hash.ShouldMatch("^[0-9a-f]{64}$");
        ModelState.Sha256(same.Encoder).ShouldBe(hash);
        ModelState.Sha256(other.Encoder).ShouldNotBe(hash);
        ModelState.Sha256(wider.Encoder).ShouldNotBe(hash);

        ModelState.Load(other, one.state_dict());
        ModelState.Sha256(other.Encoder).ShouldBe(hash);

        using var noGrad = torch.no_grad();
        var hashes = new HashSet<string> { hash };
        foreach (string name in (string[])["conv1.weight", "bn1.running_var", "bn1.num_batches_tracked", "layer4.1.bn2.bias"])
        {
            same.Encoder.state_dict()[name].add_(1);
            hashes.Add(ModelState.Sha256(same.Encoder)).ShouldBeTrue(name);
        }
    }

    [Theory]
    [InlineData("encoder.conv1.weight", float.NaN)]
    [InlineData("head.layers.0.weight", float.PositiveInfinity)]
    [InlineData("encoder.layer1.0.bn1.running_var", -1e-3f)]
    public void Weights_that_are_not_finite_are_not_loaded(string name, float value)
    {
        using SimClrModel model = Model(1), broken = Model(2);
        string before = ModelState.Sha256(model);
        using var _ = torch.no_grad();
        var row = broken.state_dict()[name];
        while (row.dim() > 1) row = row[0];
        row[2] = value;
        Should.Throw<InvalidDataException>(() => ModelState.Load(model, broken.state_dict())).Message.ShouldStartWith(name);
        ModelState.Sha256(model).ShouldBe(before);
        row[2] = row[1] = 3e38f; // whose sum overflows
        ModelState.Load(model, broken.state_dict());
    }
}
