using SimClr.Datasets;
using SimClr.Evaluation;
using SimClr.FineTuning;
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
        return [.. trainer.Run().Select(pass => pass.Loss)];
    }

    [Fact]
    public void Fine_tuning_learns_its_labels_and_its_first_loss_is_that_of_chance()
    {
        var images = new BuiltInImages(DatasetPart.Train, count: 96);
        using var model = Model();
        var losses = Train(model, Quick with { Epochs = 40, Optimizer = Quick.Optimizer with { LearningRate = 0.02 }, Views = Quick.Views with { MinScale = 0.8 } }, images, new LabelLoss(images));
        losses.Count.ShouldBe(20);
        losses[^1].ShouldBeLessThan(0.85 * Math.Log(12)); // crops of 48 images of 12 classes: chance is log 12
        losses[0].ShouldBeInRange(1.5, 2 * Math.Log(12)); // the layer starts at 0: all classes alike
        model.training.ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_frozen_encoder_stays_bit_for_bit_and_the_layer_moves(int headLayers)
    {
        var images = new BuiltInImages(DatasetPart.Train, count: 48);
        using var model = Model(headLayers);
        var before = (ModelState.Sha256(model.Encoder), ModelState.Sha256(model.Head));
        Train(model, Quick with { Freeze = true }, images, new LabelLoss(images));
        (ModelState.Sha256(model.Encoder), ModelState.Sha256(model.Head)).ShouldBe(before);
        model.Classifier.weight.abs().sum().item<float>().ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData(1, 48, "The loss is")]         // the second step's
    [InlineData(1e3, 96, "After pass 1 fc.")]  // no loss is computed of what the last step of a pass leaves
    public void Training_that_diverges_ends_in_a_sentence(double classifierRate, int batchSize, string expected)
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
    public void A_middle_layer_of_the_head_is_the_head_s_own()
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
        foreach (var layer in pretrained.Head.named_children().Single().module.children().Take(6)) expected = ((nn.Module<Tensor, Tensor>)layer).call(expected); // linear, norm, ReLU, twice
        (model.Head.call(model.Encoder.call(x)) - expected).abs().max().item<float>().ShouldBe(0);
        model.Head.OutputDim.ShouldBe((int)expected.shape[1]);
        Should.Throw<ArgumentOutOfRangeException>(() => Model(headLayers: 3)).Message.ShouldContain("the first 2 at most");
    }

    [Fact]
    public void Distillation_brings_a_student_to_its_teacher_without_a_label()
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
    public void The_distillation_loss_is_that_of_a_slow_loop_with_its_gradient(double temperature)
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
    public void What_cannot_be_trained_is_refused()
    {
        using var model = Model();
        model.train();
        Should.Throw<ArgumentException>(() => new DistillationLoss(model, 1)).Message.ShouldContain("eval mode");
        model.eval();
        Should.Throw<ArgumentException>(() => new DistillationLoss(model, 0)).Message.ShouldContain("above 0");
        Should.Throw<ArgumentException>(() => new DistillationLoss(model, 1).Of(zeros(2, 3), zeros(2, 3, 16, 16), [0])).Message.ShouldContain("12 classes apart and the student 3");
        Should.Throw<ArgumentException>(() => (Quick with { BatchSize = 3 }).Validate()).Message.ShouldContain("even");
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
