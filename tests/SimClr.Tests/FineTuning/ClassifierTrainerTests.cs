using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.FineTuning;
using SimClr.Loading;
using SimClr.Models;
using SimClr.Optimization;
using static TorchSharp.torch;

namespace SimClr.Tests.FineTuning;

public sealed class ClassifierTrainerTests
{
    private static readonly ResNetOptions Tiny = new() { Width = 1.0 / 16, Stem = Stem.SmallStride2 };

    private static readonly ClassifierTrainingOptions Quick = new()
    {
        Epochs = 4,
        BatchSize = 48,
        Optimizer = new() { Kind = OptimizerKind.Adamw, LearningRate = 3e-3, LearningRateScaling = LearningRateScaling.None, WeightDecay = 0, WarmupEpochs = 0 },
    };

    private static ImageClassifier Model(int headLayers = 0, int layers = 3, int classes = 12) =>
        new(Tiny, new ProjectionHeadOptions { Layers = layers }, headLayers, classes, 16, seed: 1);

    private static List<double> Train(ImageClassifier model, ClassifierTrainingOptions options, IImageDataset images, IClassifierLoss loss)
    {
        using var trainer = new ClassifierTrainer(model, options, images, new() { ImageSize = 16 }, loss);
        return [.. trainer.Run().Select(epoch => epoch.Loss)];
    }

    [Fact]
    public void Fine_tuning_learns_the_labels_and_starts_at_the_loss_of_chance()
    {
        var images = new BuiltInImages(DatasetPart.Train, count: 96);
        using var model = Model();
        var losses = Train(model, Quick with { Epochs = 40, Optimizer = Quick.Optimizer with { LearningRate = 0.02 }, Views = Quick.Views with { MinScale = 0.8 } }, images, new LabelLoss(images));
        losses.Count.ShouldBe(40);
        losses[^1].ShouldBeLessThan(0.85 * Math.Log(12)); // crops of 48 images of 12 classes: the loss of chance is log 12
        losses[0].ShouldBeInRange(1.5, 2 * Math.Log(12)); // the layer starts at 0: all classes are equal
        model.training.ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_frozen_encoder_does_not_change_by_a_bit_and_the_layer_does(int headLayers)
    {
        var images = new BuiltInImages(DatasetPart.Train, count: 48);
        using var model = Model(headLayers);
        var before = (ModelState.Sha256(model.Encoder), ModelState.Sha256(model.Head));
        Train(model, Quick with { Freeze = ["all"] }, images, new LabelLoss(images));
        (ModelState.Sha256(model.Encoder), ModelState.Sha256(model.Head)).ShouldBe(before);
        model.Classifier.weight.abs().sum().item<float>().ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("stem,layer1", "encoder.conv1.", "encoder.bn1.", "encoder.layer1.")]
    [InlineData("layer2", "encoder.layer2.")] // the gradient goes through it
    public void Frozen_stages_and_their_statistics_do_not_change_by_a_bit_and_the_rest_does(string freeze, params string[] prefixes)
    {
        using var scope = NewDisposeScope();
        var images = new BuiltInImages(DatasetPart.Train, count: 48);
        using var model = Model(headLayers: 1);
        using (no_grad()) nn.init.normal_(model.Classifier.weight); // otherwise no gradient passes in the first step
        foreach (var block in model.Encoder.modules().OfType<ResidualBlock>())
        {
            using (no_grad()) nn.init.ones_(block.LastNorm.weight); // nor passes one through a block that starts as the identity
        }
        var before = model.state_dict().ToDictionary(t => t.Key, t => t.Value.detach().clone());
        Train(model, Quick with { Freeze = freeze.Split(',') }, images, new LabelLoss(images));
        foreach (var (name, tensor) in model.state_dict()) (Golden.MaxDifference(tensor, before[name]) == 0).ShouldBe(prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)), name);
        model.parameters().ShouldAllBe(p => p.requires_grad);
    }

    [Fact]
    public void LARS_does_not_adapt_the_classification_layer()
    {
        // Without momentum, LARS with r = 1 is gradient descent.
        var images = new BuiltInImages(DatasetPart.Train, count: 48);
        float[] Weights(OptimizerKind kind)
        {
            using var model = Model();
            var descent = new OptimizerOptions { Kind = kind, Momentum = 0, LearningRate = 30, WeightDecay = 0.01, WarmupEpochs = 0 };
            Train(model, Quick with { Freeze = ["all"], Optimizer = descent }, images, new LabelLoss(images));
            return model.Classifier.weight.data<float>().ToArray();
        }
        var lars = Weights(OptimizerKind.Lars);
        lars.Max(Math.Abs).ShouldBeGreaterThan(0.01f);
        lars.ShouldBe(Weights(OptimizerKind.Sgd), 1e-5);
    }

    [Fact]
    public void Layer_decay_scales_the_step_of_each_stage()
    {
        using var scope = NewDisposeScope();
        const double Rate = 0.2, Decay = 0.5;
        var images = new BuiltInImages(DatasetPart.Train, count: 24);
        using var model = Model();
        using var twin = Model();
        foreach (var network in (ImageClassifier[])[model, twin])
        {
            using var _ = no_grad();
            using var generator = new Generator(3, CPU);
            network.Classifier.weight.normal_(0, 1, generator);
        }
        var options = Quick with
        {
            Epochs = 1,
            ClassifierRate = 3,
            Optimizer = new() { Momentum = 0, LearningRate = Rate, LearningRateScaling = LearningRateScaling.None, WeightDecay = 0, WarmupEpochs = 0, LayerDecay = Decay },
        };
        Train(model, options, images, new LabelLoss(images));

        using var batch = new ViewLoader(images, options.Views, new() { ImageSize = 16 }, 24, options.Seed) { ViewsPerImage = 1 }.Epoch(0).Single();
        twin.train();
        nn.functional.cross_entropy(twin.call(batch.Views), tensor(batch.Indices.Select(i => (long)images.Label(i)).ToArray())).backward();
        string[] fromInput = ["encoder.conv1", "encoder.layer1", "encoder.layer2", "encoder.layer3", "encoder.layer4"];
        foreach (var ((name, moved), (_, start)) in model.named_parameters().Zip(twin.named_parameters()))
        {
            int stage = Array.FindIndex(fromInput, prefix => name.Replace("bn1", "conv1", StringComparison.Ordinal).StartsWith(prefix, StringComparison.Ordinal));
            double factor = name.StartsWith("fc.", StringComparison.Ordinal) ? 3 : Math.Pow(Decay, 5 - stage);
            var expected = start.detach().to(float64) - Rate * factor * start.grad!.to(float64);
            (moved.detach().to(float64) - expected).abs().max().item<double>().ShouldBeLessThan(2e-7 * Math.Max(1, expected.abs().max().item<double>()), name);
        }
    }

    [Fact]
    public void The_linear_evaluation_on_augmented_images_equals_a_plain_loop()
    {
        using var scope = NewDisposeScope();
        var images = new BuiltInImages(DatasetPart.Train, count: 50);
        var options = ClassifierTrainingOptions.Linear with { Epochs = 3, BatchSize = 15, Seed = 4 };
        using var model = Model();
        Train(model, options, images, new LabelLoss(images));

        using var twin = Model();
        twin.eval();
        double peak = 0.1 * 15 / 256;
        using var sgd = optim.SGD([twin.Classifier.weight, twin.Classifier.bias!], peak, momentum: 0.9, nesterov: true);
        var loader = new ViewLoader(images, ClassifierTrainingOptions.CropAndFlip, new() { ImageSize = 16 }, 15, seed: 4) { ViewsPerImage = 1 };
        int step = 0;
        for (int epoch = 0; epoch < 3; epoch++)
        {
            foreach (var batch in loader.Epoch(epoch))
            {
                foreach (var group in sgd.ParamGroups) group.LearningRate = peak * 0.5 * (1 + Math.Cos(Math.PI * step / 9));
                step++;
                Tensor h;
                using (no_grad()) h = twin.Encoder.call(batch.Views);
                sgd.zero_grad();
                nn.functional.cross_entropy(twin.Classifier.call(h), tensor(batch.Indices.Select(i => (long)images.Label(i)).ToArray())).backward();
                sgd.step();
            }
        }
        step.ShouldBe(9); // ⌊50/15⌋ an epoch
        (model.Classifier.weight - twin.Classifier.weight).abs().max().item<float>().ShouldBeLessThan(1e-6f);
        (model.Classifier.bias! - twin.Classifier.bias!).abs().max().item<float>().ShouldBeLessThan(1e-6f);
        model.Classifier.weight.abs().max().item<float>().ShouldBeGreaterThan(1e-3f);
    }

    [Theory]
    [InlineData(1, 24, "The loss is")] // of the second step
    [InlineData(1e3, 48, "After epoch 1 fc.")] // no loss is computed for the images that the last step of an epoch leaves
    public void Diverged_training_ends_with_one_sentence(double classifierRate, int batchSize, string expected)
    {
        var data = new BuiltInImages(DatasetPart.Train, count: 48);
        using var model = Model();
        var options = Quick with { BatchSize = batchSize, ClassifierRate = classifierRate, Optimizer = Quick.Optimizer with { Kind = OptimizerKind.Sgd, LearningRate = 3e38 } };
        string message = Should.Throw<InvalidDataException>(() => Train(model, options, data, new LabelLoss(data))).Message;
        message.ShouldSatisfyAllConditions(m => m.ShouldStartWith(expected), m => m.ShouldContain("smaller learning rate"));
    }

    [Fact]
    public void Same_seed_same_weights()
    {
        var images = new BuiltInImages(DatasetPart.Train, count: 48);
        string[] hashes = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            using var model = Model();
            Train(model, Quick, images, new LabelLoss(images));
            return ModelState.Sha256(model);
        })];
        hashes[0].ShouldBe(hashes[1]);
    }

    [Fact]
    public void A_middle_layer_of_the_head_has_the_heads_weights()
    {
        using var scope = NewDisposeScope();
        using var pretrained = new SimClrModel(Tiny, new ProjectionHeadOptions { Layers = 3 }, 16, seed: 5);
        using var model = Model(headLayers: 2);
        model.StartFrom(pretrained.Encoder.state_dict(), pretrained.Head.state_dict());
        model.eval();
        pretrained.eval();
        var x = rand(4, 3, 16, 16);
        using var _ = no_grad();
        var expected = pretrained.Encoder.call(x);
        // linear, norm, ReLU, twice
        foreach (var layer in pretrained.Head.named_children().Single().module.children().Take(6)) expected = ((nn.Module<Tensor, Tensor>)layer).call(expected);
        (model.Head.call(model.Encoder.call(x)) - expected).abs().max().item<float>().ShouldBe(0);
        model.Head.OutputDim.ShouldBe((int)expected.shape[1]);
        Should.Throw<ArgumentOutOfRangeException>(() => Model(headLayers: 3)).Message.ShouldContain("the first 2 at most");
    }

    [Fact]
    public void Distillation_teaches_a_student_without_labels()
    {
        var labelled = new BuiltInImages(DatasetPart.Train, count: 48);
        using var teacher = Model(classes: 5);
        using (no_grad()) nn.init.normal_(teacher.Classifier.weight, 0, 2);
        teacher.eval();
        using var student = new ImageClassifier(Tiny, new ProjectionHeadOptions(), 0, 5, 16, seed: 9);
        var guard = new FrozenGuard(teacher);
        var losses = Train(student, Quick with { Epochs = 20 }, new UnlabelledDataset(labelled), new DistillationLoss(teacher, 1));
        guard.Check();
        losses[^1].ShouldBeLessThan(losses[0]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.1)]
    [InlineData(4)]
    public void The_distillation_loss_and_gradient_equal_a_slow_loop(double temperature)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2, CPU);
        var t = randn(6, 4, generator: generator);
        var s = randn(6, 4, generator: generator).requires_grad_();
        using var teacher = new Constant(t);
        teacher.eval();
        using var loss = new DistillationLoss(teacher, temperature).Of(s, zeros(6, 3, 2, 2), [0, 1, 2]);
        loss.backward();

        double sum = 0;
        double[] expected = new double[24];
        for (int i = 0; i < 6; i++)
        {
            double[] p = Softmax(t, i, temperature), q = Softmax(s.detach(), i, temperature);
            for (int c = 0; c < 4; c++)
            {
                sum -= temperature * temperature * p[c] * Math.Log(q[c]) / 6;
                expected[4 * i + c] = temperature * (q[c] - p[c]) / 6;
            }
        }
        loss.item<float>().ShouldBe((float)sum, (float)(1e-5 * Math.Max(1, sum)));
        s.grad!.data<float>().ToArray().Select(g => (double)g).ShouldBe(expected, 1e-6);
    }

    [Fact]
    public void Options_that_cannot_be_trained_are_refused()
    {
        using var model = Model();
        model.train();
        Should.Throw<ArgumentException>(() => new DistillationLoss(model, 1)).Message.ShouldContain("eval mode");
        model.eval();
        Should.Throw<ArgumentException>(() => new DistillationLoss(model, 0)).Message.ShouldContain("above 0");
        Should.Throw<ArgumentException>(() => new DistillationLoss(model, 1).Of(zeros(2, 3), zeros(2, 3, 16, 16), [0])).Message.ShouldContain("12 classes apart and the student 3");
        Should.Throw<ArgumentException>(() => (Quick with { BatchSize = 1 }).Validate()).Message.ShouldContain("BatchSize");
        Should.Throw<ArgumentException>(() => (Quick with { ClassifierRate = 0 }).Validate()).Message.ShouldContain("above 0");
    }

    private static double[] Softmax(Tensor rows, int row, double temperature)
    {
        double[] e = [.. Enumerable.Range(0, (int)rows.shape[1]).Select(c => Math.Exp(rows[row, c].item<float>() / temperature))];
        return [.. e.Select(x => x / e.Sum())];
    }

    private sealed class Constant(Tensor logits) : nn.Module<Tensor, Tensor>(nameof(Constant))
    {
        public override Tensor forward(Tensor input) => logits.clone();
    }
}
