using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Images;
using SimClr.Models;
using SimClr.Tests.Weights;
using static TorchSharp.torch;

namespace SimClr.Tests.Datasets;

public sealed class GrayDatasetTests
{
    [Fact]
    public void Colours_become_gray_as_in_Pillow_and_gray_is_unchanged()
    {
        var colours = new SyntheticImages(5);
        var gray = EncoderImages.For(colours, 1);
        (gray.Channels, gray.Count, gray.Label(3), gray.Describe(4), gray.Name).ShouldBe((1, 5, 3, colours.Describe(4), colours.Name));
        var (from, to) = (colours.Read(2), gray.Read(2));
        (to.Width, to.Height, to.Channels).ShouldBe((from.Width, from.Height, 1));
        for (int i = 0; i < to.Pixels.Length; i++)
        {
            var (r, g, b) = (from.Pixels.Span[3 * i], from.Pixels.Span[3 * i + 1], from.Pixels.Span[3 * i + 2]);
            Math.Abs(to.Pixels.Span[i] - (0.299 * r + 0.587 * g + 0.114 * b)).ShouldBeLessThan(0.502);
        }
        var ramp = new GrayDataset(new OneImage(new DecodedImage(Enumerable.Range(0, 768).Select(i => (byte)(i / 3)).ToArray(), 256, 1)));
        ramp.Read(0).Pixels.ToArray().ShouldBe(Enumerable.Range(0, 256).Select(i => (byte)i));
    }

    [Fact]
    public void Images_get_the_channels_of_the_encoder_or_are_refused()
    {
        var colours = new SyntheticImages(5);
        EncoderImages.For(colours, 3).ShouldBeSameAs(colours);
        Should.Throw<InvalidDataException>(() => EncoderImages.For(colours, 4)).Message.ShouldContain("have 3 channels, and the encoder takes 4");
        Should.Throw<InvalidDataException>(() => EncoderImages.For(new GrayDataset(colours), 3)).Message.ShouldContain("have 1 channels, and the encoder takes 3");

        using var scope = NewDisposeScope();
        using var encoder = OnnxTrial.Build(new ResNetOptions { Channels = 1, Width = 0.0625, Stem = Stem.Small }, 16);
        using var asked = new FeatureExtractor(colours).Encode(encoder, new() { ImageSize = 16 }, CPU);
        using var given = new FeatureExtractor(new GrayDataset(colours)).Encode(encoder, new() { ImageSize = 16 }, CPU);
        Golden.MaxDifference(asked.Values, given.Values).ShouldBe(0);
        using var pixels = new FeatureExtractor(new GrayDataset(colours)).Pixels(16);
        pixels.Values.shape.ShouldBe([5, 256]);
    }

    private sealed class OneImage(DecodedImage image) : IImageDataset
    {
        public string Name => "one";

        public int Count => 1;

        public IReadOnlyList<string> Classes => [];

        public int Label(int index) => -1;

        public string Describe(int index) => "one";

        public DecodedImage Read(int index) => image;
    }
}
