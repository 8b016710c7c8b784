using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.FineTuning;
using SimClr.Images;
using SimClr.Loading;
using SimClr.Tests.Models;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Tests.Datasets;

/// <summary>What a program's own data set may get wrong is said with the image's name, or put right.</summary>
public sealed class OwnDataTests
{
    private static readonly Preprocessing Prepared = new() { ImageSize = 8 };

    private sealed class Changed(IImageDataset source) : WrappedDataset(source)
    {
        public Func<int, DecodedImage, DecodedImage> Image { get; init; } = (_, image) => image;

        public int FirstLabel { get; init; }

        public IReadOnlyList<string>? Named { get; init; }

        public override IReadOnlyList<string> Classes => Named ?? base.Classes;

        public override int Label(int index) => Named is null ? base.Label(index) + FirstLabel
            : Named.Index().FirstOrDefault(c => c.Item == base.Classes[base.Label(index)], (Index: -1, Item: "")).Index;

        public override DecodedImage Read(int index, DecodeBuffer buffer) => Image(index, base.Read(index, buffer));
    }

    [Fact]
    public void Classes_of_own_training_and_test_images_are_matched_by_name()
    {
        var images = new SyntheticImages(40);
        var other = new Changed(images) { Named = ["class 3", "class 1", "class 0", "class 2"] };
        other.Label(0).ShouldBe(2);
        var (train, test, _) = ImageSource.Of(images, other).ForEvaluation();
        test.Classes.ShouldBe(train.Classes);
        Enumerable.Range(0, 40).Select(test.Label).ShouldBe(Enumerable.Range(0, 40).Select(images.Label));

        var fewer = new Changed(images) { Named = ["class 1", "class 2", "class 3"] }; // the others have no label there
        var known = ImageSource.Of(images, fewer).ForEvaluation().Test;
        known.Count.ShouldBe(30);
        Enumerable.Range(0, 30).ShouldAllBe(i => known.Classes[known.Label(i)] == $"class {known.Label(i)}" && known.Label(i) > 0);

        var unlabelled = new Changed(images) { Named = [], FirstLabel = -9 };
        ImageSource.Of(unlabelled, images).Parts(ImagePart.Test)[0].Data.Label(1).ShouldBe(1); // nothing to match with

        var strange = new Changed(images) { Named = ["class 0", "class 1", "class 2", "class 3", "more"] };
        Should.Throw<InvalidDataException>(() => ImageSource.Of(new Changed(images) { Named = ["class 1", "class 2", "class 3"] }, strange).ForEvaluation())
            .Message.ShouldContain("10 images, for example synthetic image 0");
    }

    [Fact]
    public void Labels_that_count_from_1_are_refused()
    {
        const string Said = "synthetic image 3 has the label 4, but there are 4 classes: labels count from 0.";
        var images = new Changed(new SyntheticImages(40)) { FirstLabel = 1 };
        Should.Throw<InvalidDataException>(() => ImageSource.Of(images).ForEvaluation()).Message.ShouldBe(Said);
        Should.Throw<InvalidDataException>(() => ImageSource.Of(new SyntheticImages(40), images).ForEvaluation()).Message.ShouldBe(Said);
        Should.Throw<InvalidDataException>(() => ImageSource.Of(new SyntheticImages(40)).WithTest(ImageSource.Of(images)).ForEvaluation()).Message.ShouldBe(Said);
        using var logits = zeros(2, 4);
        Should.Throw<InvalidDataException>(() => new LabelLoss(images).Of(logits, logits, [2, 3])).Message.ShouldBe(Said);
        Should.Throw<InvalidDataException>(() => new LabelLoss(new Changed(images) { FirstLabel = -2 }).Of(logits, logits, [0, 1])).Message
            .ShouldStartWith("synthetic image 0 has the label -1");
    }

    public static TheoryData<string, DecodedImage, string> Wrong => new()
    {
        { "few bytes", new DecodedImage(new byte[10], 32, 32), "synthetic image 7: An image of 32 × 32 pixels needs 3072 bytes and at least one pixel; it has 10 bytes." },
        { "one channel", new DecodedImage(new byte[1024], 32, 32, 1), "synthetic image 7 has 1 channels, but the images of synthetic have 3." },
        { "nothing", default, "synthetic image 7: An image of 0 × 0 pixels needs 0 bytes and at least one pixel; it has 0 bytes." },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void An_image_that_does_not_fit_its_size_is_damaged(string what, DecodedImage image, string said)
    {
        var images = new Changed(new SyntheticImages(16)) { Image = (i, good) => i == 7 ? image : good };
        using var encoder = TinyNetwork.Options().Create(8, new Generator(1, CPU));
        encoder.eval();
        var extractor = new FeatureExtractor(images);
        using var features = extractor.Encode(encoder, Prepared, CPU);
        features.Indices.ShouldBe([0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15], what);
        extractor.BadImages.Single().Reason.ShouldBe(said);

        var loader = new ViewLoader(images, new ViewPolicy(), Prepared, 8, seed: 0);
        foreach (var batch in loader.Epoch(0)) batch.Dispose();
        loader.BadImages.Single().ShouldBe(new BadImage(7, said));
    }

    [Theory]
    [InlineData(65536, 65536)] // as an int the product is 0
    [InlineData(int.MaxValue, int.MaxValue)]
    public void The_size_of_a_huge_image_does_not_overflow(int width, int height) =>
        Should.Throw<ArgumentException>(() => new DecodedImage(ReadOnlyMemory<byte>.Empty, width, height).Checked());

    [Fact]
    public void Encoding_ends_when_it_is_cancelled()
    {
        using var encoder = TinyNetwork.Options().Create(8, new Generator(1, CPU));
        encoder.eval();
        using var stop = new CancellationTokenSource();
        var images = new Changed(new SyntheticImages(600))
        {
            Image = (i, good) =>
            {
                if (i == 10) stop.Cancel();
                return good;
            },
        };
        Should.Throw<OperationCanceledException>(() => new FeatureExtractor(images).Encode(encoder, Prepared, CPU, cancellationToken: stop.Token));
    }
}
