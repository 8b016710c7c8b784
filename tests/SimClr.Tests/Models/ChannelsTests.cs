using SimClr.Encoders;
using SimClr.Images;
using SimClr.Models;
using SimClr.Tests.Weights;
using SimClr.Views;
using SimClr.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Models;

/// <summary>Encoders of images that do not have three channels.</summary>
public sealed class ChannelsTests
{
    public static TheoryData<ResNetOptions, int> Encoders => new()
    {
        { new ResNetOptions { Channels = 1, Width = 0.25, Stem = Stem.Small }, 16 },
        { new ResNetOptions { Channels = 1, Width = 0.5, Stem = Stem.Imagenet }, 65 },
        { new ResNetOptions { Channels = 1, Width = 0.5, Stem = Stem.SmallStride2 }, 48 },
        { new ResNetOptions { Channels = 4, Width = 0.25, Stem = Stem.SmallStride2 }, 24 },
        { new ResNetOptions { Channels = 13, Arch = ResNetDepth.Resnet50, Width = 0.25, Stem = Stem.Imagenet }, 40 },
        { new ResNetOptions { Channels = 2, Arch = ResNetDepth.Resnet50, Width = 0.125, Stem = Stem.Imagenet, SelectiveKernels = true }, 40 },
    };

    [Theory]
    [MemberData(nameof(Encoders))]
    public void A_folded_encoder_and_an_ONNX_file_compute_the_same_features(ResNetOptions options, int imageSize)
    {
        using var scope = NewDisposeScope();
        using var encoder = OnnxTrial.Build(options, imageSize);
        using var folded = encoder.Fold();
        var x = rand(3, options.Channels, imageSize, imageSize);
        using var _ = no_grad();
        var expected = encoder.call(x);
        OnnxTrial.Difference(folded.Forward(x), expected).ShouldBeLessThan(1e-5);
        using var trial = new OnnxTrial(encoder, new() { ImageSize = imageSize }, new OnnxOptions { Preprocessing = false });
        OnnxTrial.Difference(trial.Run("h", x), expected).ShouldBeLessThan(1e-5);
        Should.Throw<ArgumentException>(() => folded.Forward(rand(1, 3, imageSize, imageSize))).Message.ShouldContain($"takes (N, {options.Channels}, S, S)");
    }

    // A gray image has three equal channels, so the filters over them add up.
    [Fact]
    public void An_encoder_of_one_channel_equals_one_of_three_with_summed_filters()
    {
        using var scope = NewDisposeScope();
        using var colours = OnnxTrial.Build(new ResNetOptions { Width = 0.25, Stem = Stem.Small }, 24);
        using var gray = OnnxTrial.Build(new ResNetOptions { Width = 0.25, Stem = Stem.Small, Channels = 1 }, 24);
        var state = colours.state_dict().ToDictionary(t => t.Key, t => t.Key == "conv1.weight" ? t.Value.sum(1, keepdim: true) : t.Value);
        ModelState.Load(gray, state);
        var x = rand(4, 1, 24, 24);
        using (no_grad()) OnnxTrial.Difference(gray.call(x), colours.call(x.expand(4, 3, 24, 24))).ShouldBeLessThan(1e-5);

        // In training too. The gradient of the first filters is the mean of the gradients that the three channels would get.
        // In float64: in float32, rounding moves a number across a ReLU's 0 now and then, and its gradient changes wholly.
        gray.to(float64).train();
        colours.to(float64).train();
        using (no_grad()) gray.state_dict()["conv1.weight"].copy_(colours.state_dict()["conv1.weight"].sum(1, keepdim: true));
        x = x.to(float64);
        gray.call(x).sum().backward();
        colours.call(x.expand(4, 3, 24, 24)).sum().backward();
        Tensor First(ResNet of) => of.named_parameters().Single(p => p.name == "conv1.weight").parameter.grad!;
        Golden.MaxDifference(First(gray), First(colours).mean([1], keepdim: true)).ShouldBeLessThan(1e-9);
    }

    [Fact]
    public void One_channel_is_also_in_channels_last_order()
    {
        using var scope = NewDisposeScope();
        var weight = rand(8, 1, 3, 3);
        var y = nn.functional.conv2d(ChannelsLast.Of(rand(2, 1, 9, 9)), weight, padding: [1, 1]);
        y.permute(0, 2, 3, 1).is_contiguous().ShouldBeTrue();
        var x = rand(2, 1, 5, 4);
        Golden.MaxDifference(ChannelsLast.Of(x), x).ShouldBe(0);
        Golden.MaxDifference(ChannelsLast.Of(x[1].unsqueeze(0)), x[1].unsqueeze(0)).ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void An_ONNX_file_preprocesses_images_of_any_channels(int channels)
    {
        using var scope = NewDisposeScope();
        var preprocessing = new Preprocessing { ImageSize = 40, Mean = [.. Enumerable.Range(0, channels).Select(c => 0.4 + 0.02 * c)], StandardDeviation = [.. Enumerable.Range(0, channels).Select(c => 0.2 + 0.05 * c)] };
        using var trial = new OnnxTrial(OnnxTrial.Build(new ResNetOptions { Width = 0.125, Stem = Stem.SmallStride2, Channels = channels }, 40), preprocessing);
        var random = new Random(channels);
        byte[] pixels = new byte[53 * 47 * channels];
        random.NextBytes(pixels);
        float[] planes = new float[channels * 40 * 40];
        new CpuViewRenderer(preprocessing, channels).Render(new DecodedImage(pixels, 47, 53, channels), planes);
        OnnxTrial.Difference(trial.Run("h", tensor(pixels, [1, 53, 47, channels])), trial.Expected(tensor(planes, [1, channels, 40, 40]))).ShouldBeLessThan(2e-6);
        trial.Session.InputMetadata["image"].Dimensions.ShouldBe([-1, -1, -1, channels]);
    }

    [Fact]
    public void Weight_files_determine_the_number_of_channels()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        foreach (var options in (ResNetOptions[])[new() { Channels = 5, Width = 0.125, Stem = Stem.Small }, new() { Channels = 1, Arch = ResNetDepth.Resnet50, Width = 0.125, Stem = Stem.Imagenet, SelectiveKernels = true }])
        {
            using var network = OnnxTrial.Build(options, 32);
            Safetensors.Write(folder.At("a.safetensors"), network.state_dict(), new Dictionary<string, string>());
            EncoderWeights.Find(Safetensors.Read(folder.At("a.safetensors")), "a").Options.ShouldBe(options);
        }
        Should.Throw<ArgumentOutOfRangeException>(() => new ResNetOptions { Channels = 0 }.Validate()).Message.ShouldContain("[1, 1024]");
    }
}
