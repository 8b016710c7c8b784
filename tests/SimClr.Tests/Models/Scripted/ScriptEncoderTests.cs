using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Models.Scripted;

public sealed class ScriptEncoderTests : IDisposable
{
    private const int Size = 8;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static SimClrModel Model(string file, int channels = 3) =>
        new(new ScriptOptions { Script = file, Channels = channels }.Trusted(), new ProjectionHeadOptions(), Size, seed: 0);

    private SimClrModel Tiny() => Model(TinyScript.Write(folder.At("tiny.pt")));

    [Fact]
    public void Its_features_are_those_of_the_formula_and_its_tensors_have_the_scripts_names()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny();
        var tensors = TinyScript.Tensors().ToDictionary(t => t.Name, t => t.Values);
        model.FeatureDim.ShouldBe(4);
        model.Encoder.state_dict().Keys.Order().ShouldBe(tensors.Keys.Order());
        model.Encoder.named_parameters().Select(p => p.name).ShouldBe(["weight", "shift"]);
        model.named_parameters().Select(p => p.name).Count(name => name.StartsWith("encoder.", StringComparison.Ordinal)).ShouldBe(2);
        foreach (var (name, values) in tensors) model.Encoder.state_dict()[name].Equals(values).ShouldBeTrue(name);

        var x = rand(5, 3, Size, Size);
        model.eval();
        var h = nn.functional.conv2d(x, tensors["weight"], padding: [1, 1]).div(Math.Sqrt(1 + 1e-5)).relu().mean([2, 3]) + tensors["shift"];
        (model.Encoder.call(x) - h).abs().max().item<float>().ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void Training_changes_weights_and_running_statistics_and_evaluation_mode_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny();
        model.Encoder.training.ShouldBeTrue();
        string start = ModelState.Sha256(model.Encoder);
        model.eval();
        model.Encoder.training.ShouldBeFalse();
        model.Encoder.call(rand(4, 3, Size, Size)).sum().item<float>().ShouldNotBe(0);
        ModelState.Sha256(model.Encoder).ShouldBe(start);

        model.train();
        var optimizer = optim.SGD(model.parameters(), 0.1);
        model.call(rand(4, 3, Size, Size)).square().sum().backward();
        model.Encoder.parameters().ShouldAllBe(p => p.grad!.count_nonzero().item<long>() > 0);
        optimizer.step();
        var (before, after) = (TinyScript.Tensors(), model.Encoder.state_dict());
        foreach (var (name, values, _) in before) after[name].Equals(values).ShouldBeFalse(name);
        model.zero_grad();
        model.Encoder.parameters().All(p => p.grad is null).ShouldBeTrue();
    }

    [Fact]
    public void A_dispose_scope_of_the_caller_frees_nothing_and_each_network_has_its_own_tensors()
    {
        string file = TinyScript.Write(folder.At("tiny.pt"));
        SimClrModel one, two;
        using (NewDisposeScope()) (one, two) = (Model(file), Model(file));
        using (no_grad()) one.Encoder.parameters().First().zero_();
        two.Encoder.parameters().First().count_nonzero().item<long>().ShouldBe(4 * 27);
        one.Dispose();
        using var x = rand(2, 3, Size, Size);
        using var z = two.call(x);
        z.isfinite().all().item<bool>().ShouldBeTrue();
        two.Dispose();
    }

    [Fact]
    public void The_same_random_state_gives_the_same_masks_at_every_call()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny();
        var x = rand(8, 3, Size, Size);
        byte[][] masks = [.. Enumerable.Range(0, 5).Select(_ =>
        {
            manual_seed(3);
            return (model.Encoder.call(x) == 0).bytes.ToArray();
        })];
        masks[0].ShouldContain((byte)1);
        foreach (byte[] mask in masks) mask.ShouldBe(masks[0]);
    }

    [Fact]
    public void The_written_script_has_the_trained_weights_and_metadata_and_is_in_evaluation_mode()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny();
        using (no_grad())
        {
            foreach (var tensor in model.Encoder.state_dict().Values) tensor.add_(1);
        }
        string file = folder.At("out.pt");
        ((IScriptExportable)model.Encoder).WriteScript(file, new Dictionary<string, string> { ["recipe"] = "a: 1\n" });
        File.Exists(file + ".draft").ShouldBeFalse();
        SimClr.Weights.WeightsFile.ReadMetadata(file)["recipe"].ShouldBe("a: 1\n");
        using var read = jit.load(file);
        read.training.ShouldBeFalse();
        using var again = Model(file);
        foreach (var (name, tensor) in model.Encoder.state_dict()) again.Encoder.state_dict()[name].Equals(tensor).ShouldBeTrue(name);
    }
}
