using SimClr.Checkpoints;
using SimClr.Encoders;
using SimClr.FineTuning;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Tests.Datasets;
using SimClr.Tests.Models;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Tests.Encoders;

public sealed class CustomWeightsTests : IDisposable
{
    private static readonly CustomEncoder Tiny = TinyNetwork.Options(norm: () => new BatchNorm(5));

    private static readonly PretrainOptions Options = new PretrainOptions { Preprocessing = new() { ImageSize = 8 }, BatchSize = 8, Epochs = 1, Encoder = Tiny, Head = new() { OutputDim = 16 } }.For(8);

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static Dictionary<string, byte[]> Bytes(nn.Module module) => module.state_dict().ToDictionary(t => t.Key, t => t.Value.ToBytes());

    // A training step also changes the buffers.
    private static void Train(Action<Pretrainer> look)
    {
        var data = new SyntheticImages(24);
        using var model = new SimClrModel(Options.Encoder, Options.Head, 8, Options.Seed);
        using var pretrainer = new Pretrainer(model, Options, data.Count);
        pretrainer.Steps(new ViewLoader(data, Options.Views, Options.Preprocessing, 8, 0).Epoch(0)).Count().ShouldBe(3);
        look(pretrainer);
    }

    [Theory]
    [InlineData("encoder.safetensors")]
    [InlineData("encoder.pth")]
    public void A_file_has_the_modules_own_names_and_restores_every_tensor_bit_for_bit(string file) => Train(pretrainer =>
    {
        using var trained = TrainedEncoder.From(pretrainer);
        trained.Save(folder.At(file));
        var expected = Bytes(pretrainer.Model.Encoder);
        expected.Keys.ShouldContain("scale");
        var stored = WeightsFile.Read(folder.At(file));
        stored.Keys.Order().ShouldBe(expected.Keys.Order());
        (stored["scale"].dtype, stored["passes"].dtype, stored["known"].dtype).ShouldBe((ScalarType.Float64, ScalarType.Int32, ScalarType.Bool));
        using var read = TrainedEncoder.Load(folder.At(file), Tiny);
        foreach (var (name, bytes) in Bytes(read.Model.Encoder)) bytes.ShouldBe(expected[name], name);
        (read.HasHead, read.Model.FeatureDim).ShouldBe((false, 6));
        Bytes(read.Untrained)["passes"].ShouldBe(new byte[4]);
    });

    [Theory]
    [InlineData("classified.safetensors")]
    [InlineData("classified.pth")]
    public void A_classifier_is_stored_beside_an_encoder_with_its_own_fc(string file) => Train(pretrainer =>
    {
        using var scope = NewDisposeScope();
        using var trained = TrainedEncoder.From(pretrainer);
        trained.Save(folder.At(file), new EncoderClassifier(rand(2, 6), rand(2), ["a", "b"]));
        using var read = TrainedEncoder.Load(folder.At(file), Tiny);
        foreach (var (name, bytes) in Bytes(pretrainer.Model.Encoder)) Bytes(read.Model.Encoder)[name].ShouldBe(bytes, name);
        read.Classifier!.weight.shape.ShouldBe([2, 6]);
        read.Classes.ShouldBe(["a", "b"]);
    });

    [Theory]
    [InlineData("checkpoints")]
    [InlineData("checkpoints/step-000003")]
    [InlineData("checkpoints/step-000003/model.safetensors")]
    public void A_checkpoint_restores_encoder_and_head_bit_for_bit(string path) => Train(pretrainer =>
    {
        RunCheckpoint.Save(new CheckpointStore(folder.At("checkpoints"), keepLast: 2), pretrainer);
        using var read = TrainedEncoder.Load(folder.At(path), Tiny);
        read.HasHead.ShouldBeTrue();
        foreach (var (name, bytes) in Bytes(pretrainer.Model)) Bytes(read.Model)[name].ShouldBe(bytes, name);
    });

    [Fact]
    public void Weights_that_do_not_fit_are_refused_in_one_sentence() => Train(pretrainer =>
    {
        using var trained = TrainedEncoder.From(pretrainer);
        string file = folder.At("encoder.safetensors");
        trained.Save(file);
        Should.Throw<ConfigurationException>(() => TrainedEncoder.Load(file)).Message
            .ShouldBe($"{file} has the custom encoder tiny: open it from C# (TrainedEncoder.Load(path, encoder)).");
        Should.Throw<ConfigurationException>(() => TrainedEncoder.Load(file, TinyNetwork.Options(name: "other"))).Message
            .ShouldBe($"{file} has the custom encoder tiny, and the custom encoder other is brought.");
        Should.Throw<ConfigurationException>(() => TrainedEncoder.Load(file, Tiny with { Channels = 1 })).Message.ShouldContain("for images of 3 channels, and one of 1 is brought");
        Should.Throw<InvalidDataException>(() => TrainedEncoder.Load(file, TinyNetwork.Options(width: 7, norm: () => new BatchNorm(5)))).Message
            .ShouldStartWith($"The weights in {file} do not fit the custom encoder tiny: fc.weight is (6, 5) in the weights and (7, 5) in the network");
        Should.Throw<InvalidDataException>(() => TrainedEncoder.Load(file, TinyNetwork.Options())).Message.ShouldContain("norm.");
        Should.Throw<InvalidDataException>(() => trained.Save(folder.At("encoder.onnx"))).Message.ShouldEndWith("custom encoder tiny cannot be written as ONNX.");

        using var resnet = new SimClrModel(new ResNetOptions { Width = 0.0625 }, Options.Head, 8, 0);
        using var other = new Pretrainer(resnet, Options, 24);
        using var usual = TrainedEncoder.From(other);
        usual.Save(folder.At("resnet.safetensors"));
        Should.Throw<ConfigurationException>(() => TrainedEncoder.Load(folder.At("resnet.safetensors"), Tiny)).Message.ShouldEndWith("has the resnet18 × 0.0625, and the custom encoder tiny is brought.");
        Safetensors.Write(folder.At("bare.safetensors"), pretrainer.Model.Encoder.state_dict());
        Should.Throw<ConfigurationException>(() => TrainedEncoder.Load(folder.At("bare.safetensors"), Tiny)).Message.ShouldContain("does not say how images are prepared for the custom encoder");
    });

    [Fact]
    public void A_classifier_is_trained_on_it_saved_and_read_and_the_same_seed_gives_the_same_bytes()
    {
        var data = new SyntheticImages(24);
        var encoder = TinyNetwork.Options(dropout: 0.3);
        var options = new ClassifierTrainingOptions { Epochs = 1, BatchSize = 16, Seed = 1 };
        var bytes = new List<Dictionary<string, byte[]>>();
        for (int run = 0; run < 2; run++)
        {
            using var model = new ImageClassifier(encoder, Options.Head, 1, 4, 8, seed: 3);
            using var trainer = new ClassifierTrainer(model, options, data, Options.Preprocessing, new LabelLoss(data));
            trainer.Run(TestContext.Current.CancellationToken).Count().ShouldBe(1);
            bytes.Add(Bytes(model));
            if (run == 0) TrainedClassifier.Save(folder.At("."), model, Options with { Encoder = encoder }, data.Classes);
            _ = rand(10);
        }
        foreach (var (name, expected) in bytes[0]) bytes[1][name].ShouldBe(expected, name);
        using var read = TrainedClassifier.Load(folder.At("."), encoder);
        foreach (var (name, expected) in bytes[0]) Bytes(read.Model)[name].ShouldBe(expected, name);
        Should.Throw<ConfigurationException>(() => TrainedClassifier.Load(folder.At("."))).Message.ShouldContain("has the custom encoder tiny: open it from C# (TrainedClassifier.Load(path, encoder))");
    }
}
