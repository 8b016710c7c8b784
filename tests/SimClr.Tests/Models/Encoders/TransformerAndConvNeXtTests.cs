using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SimClr.Encoders;
using SimClr.Images;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class TransformerAndConvNeXtTests
{
    public static TheoryData<int> Encoders => new(Enumerable.Range(0, FormulaWeights.Encoders.Count));

    [Theory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void Features_are_those_of_torchvision_and_of_the_papers_formulas(int which)
    {
        var (golden, options, size) = FormulaWeights.Encoders[which];
        using var scope = NewDisposeScope();
        using var encoder = FormulaWeights.Create(options, size);
        using var _ = no_grad();
        var expected = Golden.Cases(Path.Combine("Models", "Goldens", "encoders.json")).Single(c => c.GetProperty("kind").GetString() == golden).Tensor("h");
        Golden.MaxDifference(encoder.call(FormulaWeights.Images(2, size)), expected).ShouldBeLessThan(1e-4);
    }

    [Theory]
    [MemberData(nameof(Encoders))]
    public void The_ONNX_graph_gives_the_same_features_for_any_number_of_images(int which)
    {
        var (_, options, size) = FormulaWeights.Encoders[which];
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        using var encoder = FormulaWeights.Create(options, size);
        using var _ = no_grad();
        string path = folder.At("encoder.onnx");
        OnnxEncoder.Write(path, (IOnnxExportable)encoder, new Preprocessing { ImageSize = size, Mean = [], StandardDeviation = [] }, new OnnxOptions { Preprocessing = false });
        using var session = new InferenceSession(path);
        foreach (int n in (int[])[1, 3])
        {
            var x = FormulaWeights.Images(n, size);
            using var results = session.Run([NamedOnnxValue.CreateFromTensor("x", new DenseTensor<float>(x.data<float>().ToArray(), [n, 3, size, size]))], [session.OutputNames[0]]);
            var h = results[0].AsTensor<float>();
            Golden.MaxDifference(tensor(h.ToArray(), h.Dimensions.ToArray().Select(d => (long)d).ToArray()), encoder.call(x)).ShouldBeLessThan(1e-4);
        }
    }

    [Theory]
    [MemberData(nameof(Encoders))]
    public void Gradients_reach_every_parameter_and_stages_name_all_layers(int which)
    {
        var (_, options, size) = FormulaWeights.Encoders[which];
        using var scope = NewDisposeScope();
        using var encoder = FormulaWeights.Create(options, size);
        encoder.train();
        encoder.call(FormulaWeights.Images(2, size)).square().sum().backward();
        foreach (var (name, parameter) in encoder.named_parameters()) parameter.grad.ShouldNotBeNull(name).abs().sum().item<float>().ShouldBeGreaterThan(0, name);
        var modules = EncoderStages.Of(encoder).SelectMany(stage => stage.Modules).ToList();
        encoder.named_parameters().Select(p => p.name).Where(name => !modules.Any(module => name.StartsWith(module + ".", StringComparison.Ordinal)))
            .ShouldBeSubsetOf(["cls_token", "reg_token", "pos_embed"]);
    }

    [Fact]
    public void The_number_of_parameters_is_the_published_one()
    {
        // torchvision's figures without the classification layers of 1,000 classes; ViT-Tiny's is timm's
        long Count(EncoderOptions options, int size)
        {
            using var generator = new Generator(0, CPU);
            using var encoder = options.Create(size, generator);
            return encoder.parameters().Sum(p => p.numel());
        }
        Count(new VisionTransformerOptions { Arch = VisionTransformerSize.VitTiny, Patch = 16 }, 224).ShouldBe(5_717_416 - 193_000);
        Count(new ConvNeXtOptions(), 224).ShouldBe(28_589_128 - 769_000);
    }

    [Fact]
    public void Fixed_positions_are_sines_and_cosines_and_are_not_trained()
    {
        using var scope = NewDisposeScope();
        using var encoder = FormulaWeights.Create(FormulaWeights.Vit with { Positions = PositionEmbedding.SineCosine }, 32);
        encoder.named_parameters().ShouldNotContain(p => p.name == "pos_embed");
        encoder.state_dict().ShouldContainKey("pos_embed");
        // row 1, column 2 of a grid of 4; D = 192, so k = 3 has ω = 10000^(−3/48)
        var vector = PositionEmbeddings.SineCosine(4, 192)[6];
        double frequency = Math.Pow(10000, -3.0 / 48);
        foreach (var (place, value) in ((int, double)[])[(3, Math.Sin(2 * frequency)), (51, Math.Cos(2 * frequency)), (99, Math.Sin(frequency)), (147, Math.Cos(frequency))])
            vector[place].item<float>().ShouldBe((float)value, 1e-6);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    public void Attention_equals_its_formula_for_any_number_of_heads(int heads)
    {
        const int Tokens = 5, D = 24;
        using var scope = NewDisposeScope();
        using var generator = new Generator(3, CPU);
        using var attention = new Attention(D, heads, generator);
        using var _ = no_grad();
        float[][] Rows(string name) => [.. attention.state_dict()[name].unbind(0).Select(row => row.data<float>().ToArray())];
        double Layer(string name, double[] x, int output) => x.Zip(Rows($"{name}.weight")[output], (a, b) => a * b).Sum();

        var x = randn(1, Tokens, D, generator: generator);
        double[][] tokens = [.. x[0].unbind(0).Select(row => Array.ConvertAll(row.data<float>().ToArray(), v => (double)v))];
        double[][] qkv = [.. tokens.Select(token => (double[])[.. Enumerable.Range(0, 3 * D).Select(i => Layer("qkv", token, i))])];
        int width = D / heads;
        double[][] joined = [.. tokens.Select(_ => new double[D])];
        for (int head = 0; head < heads; head++)
            for (int t = 0; t < Tokens; t++)
            {
                var inside = Enumerable.Range(head * width, width).ToArray();
                double[] shares = [.. qkv.Select(other => Math.Exp(inside.Sum(i => qkv[t][i] * other[D + i]) / Math.Sqrt(width)))];
                foreach (int i in inside) joined[t][i] = qkv.Select((other, o) => shares[o] * other[2 * D + i]).Sum() / shares.Sum();
            }
        float[] expected = [.. joined.SelectMany(row => Enumerable.Range(0, D).Select(i => (float)Layer("proj", row, i)))]; // biases begin at 0
        attention.call(x).data<float>().ToArray().ShouldBe(expected, 1e-5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(5)]
    public void Heads_that_do_not_divide_a_token_are_refused(int heads) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new VisionTransformerOptions { Arch = VisionTransformerSize.VitTiny, Heads = heads }.Validate())
            .Message.ShouldContain("The heads must divide the 192 numbers of a vit-tiny's token.");

    [Fact]
    public void Stochastic_depth_keeps_the_mean_and_skips_whole_views()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var branch = ones(4000, 3, 2);
        var kept = new StochasticDepth(0.25).Apply(branch, training: true);
        kept.mean().item<float>().ShouldBe(1, 0.05);
        var values = kept.flatten(1);
        (values.min(1).values == values.max(1).values).all().item<bool>().ShouldBeTrue();
        new StochasticDepth(0.25).Apply(branch, training: false).ShouldBeSameAs(branch);
        Enumerable.Range(0, 3).Select(i => StochasticDepth.Of(i, 3, 0.5).Probability).ShouldBe([0, 0.25, 0.5]);
    }

    [Theory]
    [InlineData(224, 14, null)]
    [InlineData(32, null, 4)]
    [InlineData(96, null, 8)]
    [InlineData(224, null, 16)]
    [InlineData(100, null, 20)]
    public void An_automatic_patch_divides_the_views(int size, int? given, int? chosen) =>
        new VisionTransformerOptions { Patch = given }.For(size).Patch.ShouldBe(given ?? chosen);

    [Fact]
    public void A_patch_that_does_not_divide_the_views_is_refused_with_those_that_do() =>
        Should.Throw<ConfigurationException>(() => new VisionTransformerOptions { Patch = 16 }.For(100))
            .Message.ShouldBe("encoder.patch: a patch of 16 pixels does not divide views of 100 pixels; 4, 5, 10, 20, 25 do.");

    [Theory]
    [InlineData(PositionEmbedding.Learned)]
    [InlineData(PositionEmbedding.SineCosine)]
    public void A_vision_transformer_takes_views_of_other_sizes_with_positions_for_them(PositionEmbedding positions)
    {
        using var scope = NewDisposeScope();
        using var encoder = (VisionTransformer)FormulaWeights.Create(FormulaWeights.Vit with { Positions = positions }, 32);
        var expected = positions == PositionEmbedding.Learned
            ? PositionEmbeddings.Resample(encoder.state_dict()["pos_embed"], 4, 5, PositionResampling.Torchvision)[0, 1..]
            : PositionEmbeddings.SineCosine(5, 192);
        Golden.MaxDifference(encoder.PositionsFor(5)[0, 1..], expected).ShouldBe(0);
        encoder.call(FormulaWeights.Images(2, 40)).sum().backward();
        Should.Throw<ArgumentException>(() => encoder.call(zeros(1, 3, 44, 44))).Message.ShouldContain("a multiple of 8 pixels");
    }
}
