using System.Security.Cryptography;
using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.Models;
using SimClr.Tests.Datasets;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Evaluation;

public sealed class FeatureExtractorTests
{
    private static readonly ResNetOptions Small = new() { Arch = ResNetDepth.Resnet18, Width = 0.0625, Stem = Stem.Small };

    private static SimClrModel Model()
    {
        var model = new SimClrModel(Small, new ProjectionHeadOptions(), 16, 1);
        model.eval();
        return model;
    }

    private static List<FeatureBatch> Batches(IImageDataset data, SimClrModel model, int first = 0) =>
        [.. new FeatureExtractor(data).Batches(model.Encoder, new() { ImageSize = 16 }, CPU, first)];

    private static byte[] Hash(Tensor values) => SHA256.HashData(values.contiguous().bytes);

    [Fact]
    public void Batches_report_damaged_images_and_shift_no_row()
    {
        using var model = Model();
        var data = new SyntheticImages(700, 4, [3, 255, 256, .. Enumerable.Range(512, 188)]);
        var batches = Batches(data, model);

        batches.Select(b => (b.First, b.End)).ShouldBe([(0, 256), (256, 512), (512, 700)]);
        batches.SelectMany(b => b.Readable).ShouldBe(Enumerable.Range(0, 512).Except([3, 255, 256]));
        batches.Select(b => b.Values.shape[0]).ShouldBe([254, 255, 0]); // the last batch has no readable image
        var whole = Batches(new SyntheticImages(700), model);
        using var scope = NewDisposeScope();
        for (int b = 0; b < 2; b++)
        {
            var same = whole[b].Values.index_select(0, tensor(batches[b].Readable.Select(i => (long)(i - batches[b].First)).ToArray()));
            (same - batches[b].Values).abs().max().item<float>().ShouldBeLessThan(1e-4f);
        }
        foreach (var batch in batches.Concat(whole)) batch.Dispose();
    }

    [Fact]
    public void The_first_image_without_finite_features_is_named()
    {
        var data = new SyntheticImages(300, 4, [1]);
        using var encoder = new Spoiler(row: 4);
        string message = Should.Throw<InvalidDataException>(() => new FeatureExtractor(data).Encode(encoder, new() { ImageSize = 16 }, CPU)).Message;
        // image 1 has no row
        message.ShouldSatisfyAllConditions(m => m.ShouldContain("synthetic image 5 "), m => m.ShouldContain("not finite"));
        using var large = new Spoiler(row: -1);
        // their sum exceeds float32, the values themselves do not
        new FeatureExtractor(data).Encode(large, new() { ImageSize = 16 }, CPU).Dispose();
    }

    [Fact]
    public void Colour_images_become_gray_for_a_classifier_of_one_channel_as_for_its_encoder()
    {
        using var scope = NewDisposeScope();
        using var classifier = new ImageClassifier(Small with { Channels = 1 }, new ProjectionHeadOptions(), 1, 3, 16, seed: 1);
        using (no_grad()) nn.init.normal_(classifier.Classifier.weight);
        classifier.eval();
        var images = new FeatureExtractor(new BuiltInImages(DatasetPart.Test, count: 12));
        using var logits = images.Encode(classifier, new() { ImageSize = 16 }, CPU);
        using var h = images.Encode(classifier.Encoder, new() { ImageSize = 16 }, CPU);
        logits.Values.shape.ShouldBe([12, 3]);
        Golden.MaxDifference(logits.Values, classifier.Classify(h.Values)).ShouldBeLessThan(1e-5);
    }

    private sealed class Spoiler : nn.Module<Tensor, Tensor>
    {
        private readonly int row;

        public Spoiler(int row) : base("spoiler")
        {
            this.row = row;
            eval();
        }

        public override Tensor forward(Tensor input)
        {
            var features = full(input.shape[0], 2, 1e38f);
            if (row >= 0) features[row, 1] = float.NegativeInfinity;
            return features;
        }
    }

    [Fact]
    public void Beginning_at_a_later_batch_gives_the_same_bytes()
    {
        using var model = Model();
        var data = new SyntheticImages(600, 4, 300);
        var (all, rest) = (Batches(data, model), Batches(data, model, first: 256));
        rest.Select(b => b.First).ShouldBe([256, 512]);
        rest.Select(b => Hash(b.Values)).ShouldBe(all.Skip(1).Select(b => Hash(b.Values)));
        foreach (var batch in all.Concat(rest)) batch.Dispose();
        Should.Throw<ArgumentException>(() => Batches(data, model, first: 100)).Message.ShouldContain("begin at a multiple");
    }

    [Fact]
    public void Features_are_the_batches_without_the_damaged_images()
    {
        using var model = Model();
        var data = new SyntheticImages(300, 4, 0, 299);
        var extractor = new FeatureExtractor(data);
        using var features = extractor.Encode(model.Encoder, new() { ImageSize = 16 }, CPU);
        var batches = Batches(data, model);
        features.Labels.data<long>().ToArray().ShouldBe(Enumerable.Range(1, 298).Select(i => (long)(i % 4)));
        using var joined = cat([.. batches.Select(b => b.Values)]);
        Hash(features.Values).ShouldBe(Hash(joined));
        extractor.BadImages.Select(b => b.Index).ShouldBe([0, 299]);
        foreach (var batch in batches) batch.Dispose();
    }

    [Fact]
    public void A_reason_that_names_no_image_gets_its_name()
    {
        using var model = Model();
        var data = new SyntheticImages(300);
        var some = new CountedImages(data) { Fails = index => index == 7 ? throw new InvalidDataException("it has a value range of another type") : false };
        var extractor = new FeatureExtractor(some);
        extractor.Encode(model.Encoder, new() { ImageSize = 16 }, CPU).Dispose();
        extractor.BadImages.Single().Reason.ShouldBe($"{data.Describe(7)}: it has a value range of another type");
    }

    [Fact]
    public void A_failing_disk_or_mostly_damaged_images_end_the_encoding()
    {
        using var model = Model();
        var away = new FeatureExtractor(new CountedImages(new SyntheticImages(300)) { Fails = index => index >= 290 });
        Should.Throw<IOException>(() => away.Encode(model.Encoder, new() { ImageSize = 16 }, CPU)).Message.ShouldEndWith(": input/output error");
        away.BadImages.ShouldBeEmpty();

        var broken = new FeatureExtractor(new TonedImages(200, [.. Enumerable.Range(99, 101)]));
        Should.Throw<InvalidDataException>(() => broken.Encode(model.Encoder, new() { ImageSize = 16 }, CPU)).Message
            .ShouldBe("101 of 200 images of tones are damaged, more than half. Repair or remove them; the first: tone 99 is damaged");
    }

    [Fact]
    public void Features_equal_the_encoders_output()
    {
        using var model = Model();
        var data = new SyntheticImages(5);
        using var features = new FeatureExtractor(data).Encode(model.Encoder, new() { ImageSize = 16 }, CPU);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var pixels = new FeatureExtractor(data).Pixels(16).Values.reshape(-1, 3, 16, 16);
        var expected = model.Encoder.call(pixels);
        (Golden.MaxDifference(features.Values, expected) / expected.abs().max().item<float>()).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void An_encoder_that_changes_between_batches_is_detected()
    {
        using var model = Model();
        var batches = new FeatureExtractor(new SyntheticImages(300)).Batches(model.Encoder, new() { ImageSize = 16 }, CPU);
        Should.Throw<InvalidOperationException>(() =>
        {
            foreach (var batch in batches)
            {
                batch.Dispose();
                using var _ = no_grad();
                model.Encoder.state_dict()["layer3.0.conv1.weight"].add_(1);
            }
        }).Message.ShouldContain("layer3.0.conv1.weight changed");
    }

    [Fact]
    public void An_image_of_the_requested_size_is_not_resampled()
    {
        var data = new BuiltInImages(DatasetPart.Train, 2, 16);
        using var features = new FeatureExtractor(data).Pixels(16);
        float[] values = features.Values.data<float>().ToArray();
        byte[] pixels = data.Read(1).Pixels.ToArray();
        for (int i = 0; i < pixels.Length; i++) values[768 + i % 3 * 256 + i / 3].ShouldBe(pixels[i] / 255f, 1e-7f);
    }

    [Fact]
    public void A_batch_has_at_most_four_million_pixels()
    {
        FeatureExtractor.BatchSize(32).ShouldBe(256);
        FeatureExtractor.BatchSize(128).ShouldBe(256);
        FeatureExtractor.BatchSize(224).ShouldBe(83);
        FeatureExtractor.BatchSize(2_000).ShouldBe(8);
    }

    [Fact]
    public void Unreadable_data_is_refused_and_stopping_early_leaks_no_tensor()
    {
        using var model = Model();
        Should.Throw<InvalidDataException>(() => new FeatureExtractor(new SyntheticImages(2, 2, 0, 1)).Encode(model.Encoder, new() { ImageSize = 16 }, CPU))
            .Message.ShouldContain("None of the 2 images");
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        long before = statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 3; i++)
        {
            foreach (var batch in new FeatureExtractor(new SyntheticImages(300)).Batches(model.Encoder, new() { ImageSize = 16 }, CPU))
            {
                batch.Dispose();
                break;
            }
        }
        statistics.ThreadTotalLiveCount.ShouldBeLessThanOrEqualTo(before); // less: another thread rendered a batch that ended on this one
    }
}
