using SimClr.Checkpoints;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Images;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Tests.Encoders;

/// <summary>Weights keep all that is needed to use them, by every way in which the library writes and reads them.</summary>
public sealed class TrainedEncoderTests : IDisposable
{
    // Names and shapes determine neither the stride of the stem nor the size, the filter and the normalisation of the images.
    private static readonly PretrainOptions Decided = new PretrainOptions
    {
        Preprocessing = new() { ImageSize = 40, Mean = [0.2, 0.4, 0.6], StandardDeviation = [0.3, 0.2, 0.1], Interpolation = Interpolation.Bicubic },
        BatchSize = 16,
        Epochs = 1,
        Encoder = new ResNetOptions { Width = 0.0625, Stem = Stem.SmallStride2 },
    }.For(32);

    // The model decides what the options leave open.
    private static readonly PretrainOptions Open = Decided with { Preprocessing = Decided.Preprocessing with { ImageSize = 0 }, Encoder = new ResNetOptions { Width = 0.0625 } };

    private readonly TempFolder folder = new();
    private readonly BuiltInImages images = new(DatasetPart.Train, count: 48);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("encoder.safetensors")]
    [InlineData("encoder.pth")]
    [InlineData("encoder.onnx")]
    public void A_disposed_encoder_says_so_and_leaves_its_file_as_it_was(string name)
    {
        using var model = new SimClrModel(Decided.Encoder, Decided.Head, Decided.ImageSize, seed: 3);
        var pretrainer = new Pretrainer(model, Decided, images.Count);
        var trained = TrainedEncoder.From(pretrainer);
        trained.Save(folder.At(name));
        byte[] before = File.ReadAllBytes(folder.At(name));
        trained.Dispose();
        trained.Dispose();
        Should.Throw<ObjectDisposedException>(() => trained.Save(folder.At(name)));
        File.ReadAllBytes(folder.At(name)).ShouldBe(before);
        Should.Throw<ObjectDisposedException>(() => trained.Embed(images.Read(0)));
        Should.Throw<ObjectDisposedException>(() => trained.Embed(images));
        Should.Throw<ObjectDisposedException>(() => trained.ModelId);
        Should.Throw<ObjectDisposedException>(() => trained.Model);

        model.Dispose();
        Should.Throw<ObjectDisposedException>(() => RunCheckpoint.Save(new CheckpointStore(folder.At("checkpoints"), keepLast: 2), pretrainer));
        Directory.Exists(folder.At("checkpoints/step-000000")).ShouldBeFalse();
        pretrainer.Dispose();
    }

    [Fact]
    public void Features_of_one_image_that_are_not_finite_are_refused_as_those_of_many_are()
    {
        using var model = new SimClrModel(new CustomEncoder("unit", _ => new Unit()), Decided.Head, 40, seed: 3);
        using var pretrainer = new Pretrainer(model, Decided with { Encoder = model.EncoderOptions }, images.Count);
        using var trained = TrainedEncoder.From(pretrainer);
        var black = new DecodedImage(new byte[40 * 40 * 3], 40, 40);
        Should.Throw<InvalidDataException>(() => trained.Embed(black, "black.png")).Message.ShouldStartWith("The encoder's output for black.png is not finite.");
        trained.Embed(images.Read(0)).ShouldAllBe(h => float.IsFinite(h));
    }

    // Divides by the norm, which is 0 for an image of one colour.
    private sealed class Unit : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> layer = nn.Conv2d(3, 4, 1, bias: false);

        public Unit() : base("unit") => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            var h = layer.call(input).amax([2, 3]) * (input.amax([2, 3]) - input.amin([2, 3])).amax([1], keepdim: true);
            return h / h.norm(1, keepdim: true, p: 2f);
        }
    }

    [Theory]
    [InlineData("encoder.safetensors", false)]
    [InlineData("encoder.pth", false)]
    [InlineData("checkpoints", false)]
    [InlineData("checkpoints/step-000003", false)]
    [InlineData("checkpoints/step-000003/model.safetensors", false)]
    [InlineData("encoder.safetensors", true)]
    [InlineData("checkpoints", true)]
    public void Embeddings_are_those_of_the_model_in_memory_to_the_last_bit(string path, bool open)
    {
        var options = open ? Open : Decided;
        int size = open ? 24 : Decided.ImageSize;
        var preprocessing = options.Preprocessing with { ImageSize = size };
        using var model = new SimClrModel(open ? (ResNetOptions)options.Encoder with { Stem = Stem.SmallStride2 } : options.Encoder, options.Head, size, seed: 3);
        using var pretrainer = new Pretrainer(model, options, images.Count);
        pretrainer.Steps(new ViewLoader(images, options.Views, preprocessing, options.BatchSize, options.Seed).Epoch(0)).Count().ShouldBe(3);
        if (path.StartsWith("checkpoints", StringComparison.Ordinal))
        {
            RunCheckpoint.Save(new CheckpointStore(folder.At("checkpoints"), keepLast: 2), pretrainer);
        }
        else
        {
            using var trained = TrainedEncoder.From(pretrainer);
            trained.Save(folder.At(path));
        }

        model.eval();
        using var read = TrainedEncoder.Load(folder.At(path));
        Embed(read.Model.Encoder, read.Options.Preprocessing).ShouldBe(Embed(model.Encoder, preprocessing));
        read.Guesses.ShouldBeEmpty();
        read.IsForeign.ShouldBeFalse();
        read.Options.Encoder.ShouldBeOfType<ResNetOptions>().Stem.ShouldBe(Stem.SmallStride2);
    }

    [Fact]
    public void Guesses_about_a_foreign_file_are_reported_and_stored()
    {
        using var generator = new Generator(1, CPU);
        using var network = new ResNet(new ResNetOptions { Width = 0.0625, Stem = Stem.SmallStride2 }, 32, generator);
        Safetensors.Write(folder.At("theirs.safetensors"), network.state_dict());
        var heard = new RecordedMessages();
        string[] guesses = ["a first convolution of stride 1 without max pooling", "no anti-aliasing where it strides", "ReLU", "images of 32 × 32 pixels", "pixels in [0, 1], mean 0.485, 0.456, 0.406, deviation 0.229, 0.224, 0.225"];
        using (var theirs = TrainedEncoder.Load(folder.At("theirs.safetensors"), CPU, heard))
        {
            theirs.Guesses.ShouldBe(guesses);
            heard.Lines.ShouldContain(note => note.Contains("guessed", StringComparison.Ordinal) && note.Contains(guesses[0], StringComparison.Ordinal));
            theirs.Save(folder.At("again.pth"));
        }
        using var again = TrainedEncoder.Load(folder.At("again.pth"), CPU, heard);
        again.Guesses.ShouldBe(guesses);
        heard.Lines[^1].ShouldContain(guesses[0]);
    }

    [Fact]
    public void A_checkpoint_without_a_recipe_is_refused()
    {
        using var model = new SimClrModel(Decided.Encoder, Decided.Head, Decided.ImageSize, seed: 3);
        new CheckpointStore(folder.At("a"), 1).Save(new Checkpoint(7, model.state_dict().ToDictionary(t => "model." + t.Key, t => t.Value), []));
        Should.Throw<InvalidDataException>(() => TrainedEncoder.Load(folder.At("a"))).Message
            .ShouldBe($"{folder.At("a")} does not say how it was trained: its state.json has no recipe. Name its model.safetensors instead; missing values are then guessed.");
        Should.Throw<InvalidDataException>(() => TrainedEncoder.Load(folder.At("."))).Message.ShouldContain("is not a run folder");
    }

    [Fact]
    public void A_head_without_one_of_its_tensors_is_refused_with_the_file()
    {
        using var scope = NewDisposeScope();
        using var model = new SimClrModel(Decided.Encoder, Decided.Head, Decided.ImageSize, seed: 3);
        using var pretrainer = new Pretrainer(model, Decided, images.Count);
        RunCheckpoint.Save(new CheckpointStore(folder.At("checkpoints"), keepLast: 2), pretrainer);
        string file = folder.At("checkpoints/step-000000/model.safetensors");
        var metadata = WeightsFile.ReadMetadata(file);
        var state = WeightsFile.Read(file).ToDictionary();
        string lost = state.Keys.Last(name => name.StartsWith("head.", StringComparison.Ordinal));
        state.Remove(lost);
        Safetensors.Write(file, state, metadata);
        Should.Throw<InvalidDataException>(() => TrainedEncoder.Load(file)).Message
            .ShouldBe($"The weights in {file} do not fit the {Decided.Encoder.Describe()}: The weights lack {lost["head.".Length..]}: they are of another architecture.");
    }

    [Fact]
    public void A_file_of_an_unknown_kind_is_not_written()
    {
        using var model = new SimClrModel(Decided.Encoder, Decided.Head, Decided.ImageSize, seed: 3);
        using var pretrainer = new Pretrainer(model, Decided, images.Count);
        using var trained = TrainedEncoder.From(pretrainer);
        Should.Throw<ArgumentException>(() => trained.Save(folder.At("encoder.h5"))).Message.ShouldContain("encoder.h5: an encoder is saved as .safetensors, .pth, .pt, .onnx.");
    }

    private float[] Embed(nn.Module<Tensor, Tensor> encoder, Preprocessing preprocessing)
    {
        using var features = new FeatureExtractor(images).Encode(encoder, preprocessing, CPU);
        return features.Values.data<float>().ToArray();
    }
}
