using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Tests.Datasets;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

public sealed class CustomEncoderTests
{
    private static SimClrModel Model(CustomEncoder encoder, long seed = 0) => new(encoder, new ProjectionHeadOptions(), 8, seed);

    [Fact]
    public void D_comes_from_a_forward_pass_that_does_not_change_the_module()
    {
        using var model = Model(TinyNetwork.Options(dropout: 0.5, () => new BatchNorm(5), width: 7));
        model.FeatureDim.ShouldBe(7);
        model.Encoder.modules().ShouldAllBe(m => m.training);
        var state = model.Encoder.state_dict();
        state["passes"].item<int>().ShouldBe(0);
        state["norm.running_mean"].count_nonzero().item<long>().ShouldBe(0);
        new ImageClassifier(TinyNetwork.Options(width: 7), new ProjectionHeadOptions(), 0, 3, 8, 0).FeatureDim.ShouldBe(7);
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_torchs_generator_is_unchanged()
    {
        manual_seed(5);
        byte[] before = get_rng_state().bytes.ToArray();
        var encoder = TinyNetwork.Options();
        string[] sha256 = [.. ((ulong[])[3, 3, 4]).Select(seed => ModelState.Sha256(encoder.Create(8, new Generator(seed, CPU))))];
        get_rng_state().bytes.SequenceEqual(before).ShouldBeTrue();
        sha256[1].ShouldBe(sha256[0]);
        sha256[2].ShouldNotBe(sha256[0]);
    }

    [Fact]
    public void The_seed_is_passed_on_and_a_dispose_scope_of_the_caller_frees_nothing()
    {
        long given = 0;
        SimClrModel model;
        using (NewDisposeScope())
        {
            model = Model(new CustomEncoder("tiny", seed =>
            {
                given = seed;
                return new TinyNetwork();
            }), 12345);
        }
        given.ShouldBe(12345);
        using var views = rand(2, 3, 8, 8);
        using var z = model.call(views);
        z.isfinite().all().item<bool>().ShouldBeTrue();
        model.Dispose();
    }

    [Fact]
    public void A_function_that_makes_no_encoder_is_refused_by_name()
    {
        var twice = new TinyNetwork();
        var same = new CustomEncoder("same", _ => twice);
        using var first = Model(same);
        Refusal(same).ShouldBe("What makes the custom encoder same gave the same module twice: it must make a new one at each call.");
        Refusal(new("nothing", _ => null!)).ShouldBe("What makes the custom encoder nothing gave null.");
        Refusal(new("maps", _ => nn.Conv2d(3, 4, 3))).ShouldBe("The custom encoder maps makes (2, 4, 6, 6) of views (2, 3, 8, 8); h must be (N, D), here (2, D).");
        Refusal(new("none", _ => new Other((_, _) => null!))).ShouldBe("The custom encoder none makes null of views (2, 3, 8, 8); h must be (N, D), here (2, D).");
        Refusal(new("wide", _ => new Other((x, _) => x.mean([2, 3]).to(float64)))).ShouldBe("The custom encoder wide makes (2, 3) of dtype Float64 of views (2, 3, 8, 8); h must be (N, D), here (2, D), in the dtype of the parameters.");
        Refusal(new("gray", _ => nn.Conv2d(1, 4, 3))).ShouldStartWith("The custom encoder gray fails on views (2, 3, 8, 8): ");
        Refusal(new("broken", seed =>
        {
            var network = new TinyNetwork();
            using var _ = no_grad();
            network.parameters().First().fill_(float.NaN);
            return network;
        })).ShouldStartWith("The custom encoder broken cannot be trained: ");
        Should.Throw<ArgumentOutOfRangeException>(() => Model(new("a\nb", _ => new TinyNetwork()))).ParamName.ShouldBe("Name");
    }

    [Fact]
    public void An_encoder_that_makes_something_else_in_training_is_refused_at_the_first_step()
    {
        var options = new PretrainOptions
        {
            Preprocessing = new() { ImageSize = 8 },
            BatchSize = 4,
            Epochs = 1,
            Encoder = new CustomEncoder("halved", _ => new Other((x, training) => x.mean([2, 3]).narrow(0, 0, training ? 4 : x.shape[0]))),
        };
        var images = new SyntheticImages(8);
        using var model = new SimClrModel(options.Encoder, options.Head, 8, 0);
        using var pretrainer = new Pretrainer(model, options.For(images), images.Count);
        var batches = new ViewLoader(images, options.Views, options.Preprocessing, 4, 0).Epoch(0);
        Should.Throw<ConfigurationException>(() => pretrainer.Steps(batches).Count()).Message
            .ShouldBe("The custom encoder halved makes (4, 3) of views (8, 3, 8, 8); h must be (N, D), here (8, 3).");
    }

    private sealed class Other : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Tensor, bool, Tensor> make;
        private readonly nn.Module<Tensor, Tensor> layer = nn.Conv2d(3, 3, 1);

        public Other(Func<Tensor, bool, Tensor> make) : base("other")
        {
            this.make = make;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => make(layer.call(input), training);
    }

    [Fact]
    public void A_custom_encoder_may_contain_or_be_a_built_in_network()
    {
        using var model = Model(new("narrow", seed => new ResNetOptions { Width = 0.0625 }.Create(8, new Generator((ulong)seed, CPU))));
        (model.FeatureDim, EncoderFacts.Of(model.Encoder)!.Options.Describe()).ShouldBe((32, "custom encoder narrow"));
    }

    [Fact]
    public void Custom_encoders_are_equal_if_name_and_channels_are()
    {
        var tiny = TinyNetwork.Options();
        tiny.ShouldBe(TinyNetwork.Options(dropout: 0.5));
        tiny.GetHashCode().ShouldBe(TinyNetwork.Options().GetHashCode());
        tiny.ShouldNotBe(TinyNetwork.Options(name: "other"));
        tiny.ShouldNotBe(tiny with { Channels = 1 });
        ((EncoderOptions)tiny).ShouldNotBe(new ResNetOptions());
    }

    private static string Refusal(CustomEncoder encoder) => Should.Throw<ConfigurationException>(() => Model(encoder)).Message;
}
