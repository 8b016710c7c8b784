using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.FineTuning;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Tests.Datasets;
using static TorchSharp.torch;

namespace SimClr.Tests.FineTuning;

public sealed class FineTunerTests
{
    private static readonly ClassifierTrainingOptions Quick = new()
    {
        Epochs = 12,
        BatchSize = 24,
        Optimizer = new() { Kind = OptimizerKind.Adamw, LearningRate = 0.01, LearningRateScaling = LearningRateScaling.None, WeightDecay = 0, WarmupEpochs = 0 },
    };

    private sealed class Kept : IProgress<(ClassifierEpoch Trained, double? HeldOutTop1)>
    {
        public List<(ClassifierEpoch Trained, double? HeldOutTop1)> Epochs { get; } = [];

        public void Report((ClassifierEpoch Trained, double? HeldOutTop1) value) => Epochs.Add(value);
    }

    [Fact]
    public void The_kept_weights_are_those_of_the_epoch_that_was_best_on_held_out_images()
    {
        var (train, heldOut) = Subsets.StratifiedSplit(new BuiltInImages(DatasetPart.Train, count: 96), 0.5, 1);
        using var model = new ImageClassifier(new ResNetOptions { Width = 1.0 / 16, Stem = Stem.SmallStride2 }, new ProjectionHeadOptions(), 0, 12, 16, seed: 1);
        var told = new Kept();
        using var trained = FineTuner.Run(model, Quick, train, heldOut, new() { ImageSize = 16 }, new LabelLoss(train), progress: told);
        trained.Epochs.ShouldBe(12);
        told.Epochs.Max(p => p.HeldOutTop1).ShouldBe(trained.HeldOutTop1);
        told.Epochs[trained.BestEpoch - 1].HeldOutTop1.ShouldBe(trained.HeldOutTop1);
        told.Epochs.Take(trained.BestEpoch - 1).ShouldAllBe(p => p.HeldOutTop1 < trained.HeldOutTop1); // the first of equal scores

        ModelState.Load(model, trained.Best!);
        using var logits = new FeatureExtractor(heldOut).Encode(model, new() { ImageSize = 16 }, CPU);
        Accuracy.Of(logits.Values, logits.Labels).Top1.ShouldBe(trained.HeldOutTop1!.Value);
    }

    [Fact]
    public void Patience_ends_training_and_without_held_out_images_only_the_last_epoch_is_kept()
    {
        var images = new BuiltInImages(DatasetPart.Train, count: 24);
        ImageClassifier Fresh() => new(new ResNetOptions { Width = 1.0 / 16, Stem = Stem.SmallStride2 }, new ProjectionHeadOptions(), 0, 12, 16, seed: 1);
        using var model = Fresh();
        using var last = FineTuner.Run(model, Quick, images, null, new() { ImageSize = 16 }, new LabelLoss(images));
        (last.Best, last.BestEpoch, last.Epochs, last.HeldOutTop1).ShouldBe((null, 12, 12, null));

        using var second = Fresh();
        var told = new Kept();
        using var ended = FineTuner.Run(second, Quick with { Epochs = 200, Patience = 2, Optimizer = Quick.Optimizer with { LearningRate = 1e-9 } }, images, images, new() { ImageSize = 16 }, new LabelLoss(images), progress: told);
        ended.Epochs.ShouldBe(ended.BestEpoch + 2);
        told.Epochs.Count.ShouldBe(ended.Epochs);
    }

    private sealed class Recorded : IClassifierLoss
    {
        public List<int> Indices { get; } = [];

        public Tensor Of(Tensor logits, Tensor views, IReadOnlyList<int> indices)
        {
            using var scope = NewDisposeScope();
            float[] tones = views.mean([1, 2, 3]).mul(255).data<float>().ToArray();
            tones.Select(tone => (int)Math.Round(tone)).ShouldBe(indices); // the image whose label is asked for is the image that is shown
            Indices.AddRange(indices);
            return logits.square().mean().MoveToOuterDisposeScope();
        }
    }

    [Fact]
    public void Labels_belong_to_the_images_shown_and_damaged_images_are_reported()
    {
        var (train, heldOut) = (new TonedImages(40, 3, 17, 18), new TonedImages(12, 5));
        using var model = new ImageClassifier(new ResNetOptions { Width = 1.0 / 16, Stem = Stem.SmallStride2 }, new ProjectionHeadOptions(), 0, 4, 16, seed: 1);
        var loss = new Recorded();
        using var trained = FineTuner.Run(model, Quick with { Views = TonedImages.Crops }, train, heldOut, new() { ImageSize = 16 }, loss, threads: 2);
        loss.Indices.Count.ShouldBe(12 * 24);
        loss.Indices.ShouldNotContain(3);
        trained.BadTrainingImages.Select(bad => bad.Index).ShouldBe([3, 17, 18]);
        trained.BadHeldOutImages.Select(bad => bad.Reason).ShouldBe(["tone 5 is damaged"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_network_started_from_a_probe_has_the_probes_score(int headLayers)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // Of twelve classes only 0, 2, 4, … have images, so that classes without an image stand between and after them.
        var all = new BuiltInImages(DatasetPart.Train, count: 96);
        var images = new SubsetDataset(all, [.. Enumerable.Range(0, 96).Where(i => all.Label(i) % 2 == 0)]);
        using var model = new ImageClassifier(new ResNetOptions { Width = 1.0 / 16, Stem = Stem.SmallStride2 }, new ProjectionHeadOptions(), headLayers, 12, 16, seed: 1);
        FineTuner.StartFromProbe(model, images, new() { ImageSize = 16 }, seed: 3);

        using var logits = new FeatureExtractor(images).Encode(model, new() { ImageSize = 16 }, CPU);
        using var h = new FeatureExtractor(images).Encode(model.Encoder, new() { ImageSize = 16 }, CPU);
        using var features = new Features(model.Head.call(h.Values), h.Labels.alias());
        using var probe = LinearProbe.Fit(features, new LinearProbeOptions { Seed = 3 });
        var expected = probe.Classifier.Score(features.Values);
        var seen = expected.isfinite();
        (logits.Values.narrow(1, 0, 11) - expected).masked_select(seen).abs().max().item<double>().ShouldBeLessThan(1e-3);
        Accuracy.Of(logits.Values, logits.Labels).Top1.ShouldBe(Accuracy.Of(expected, features.Labels).Top1);
        logits.Values.argmax(1).data<long>().ShouldAllBe(c => c % 2 == 0);
    }
}
