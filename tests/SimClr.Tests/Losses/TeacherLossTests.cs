using SimClr.Images;
using SimClr.Losses;
using SimClr.Models;
using static TorchSharp.torch;

namespace SimClr.Tests.Losses;

public sealed class TeacherLossTests
{
    private const int N = 5, D = 4;

    /// <summary>A teacher whose features are the pixels of its images.</summary>
    private sealed class Pixels() : nn.Module<Tensor, Tensor>(nameof(Pixels))
    {
        public override Tensor forward(Tensor input) => input.flatten(1);
    }

    private static TeacherLoss OfPixels(Preprocessing preprocessing, int channels = 3) => new(new Pixels(), preprocessing, channels, "pixels");

    private static Tensor Noise(long seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return randn(shape, float64, generator: generator);
    }

    // L = 1/(2Nτ) Σ (1 − cos(z, t)) with t standardised, number by number.
    private static double Slow(double[] z, double[] t, double temperature)
    {
        double sum = 0;
        for (int row = 0; row < 2 * N; row++)
        {
            double product = 0, zz = 0, tt = 0;
            for (int k = 0; k < D; k++)
            {
                double[] column = [.. Enumerable.Range(0, 2 * N).Select(other => t[other * D + k])];
                double mean = column.Average(), standard = (t[row * D + k] - mean) / Math.Sqrt(column.Average(value => (value - mean) * (value - mean)));
                product += z[row * D + k] * standard;
                zz += z[row * D + k] * z[row * D + k];
                tt += standard * standard;
            }
            sum += 1 - product / Math.Sqrt(zz * tt);
        }
        return sum / (2 * N * temperature);
    }

    [Fact]
    public void Loss_and_gradient_are_those_of_the_formula()
    {
        using var scope = NewDisposeScope();
        using var loss = OfPixels(new() { ImageSize = 8 });
        var (z, t) = (Noise(1, 2 * N, D), Noise(2, 2 * N, D) + 3);

        using var result = loss.Compute(new ProjectionBatch(z, indices: []) { Targets = t, Temperature = 0.2 });

        double[] numbers = z.data<double>().ToArray(), targets = t.data<double>().ToArray();
        result.Loss.ShouldBe(Slow(numbers, targets, 0.2), 1e-12);
        double[] slopes = SlowLoss.Slopes(numbers, values => Slow(values, targets, 0.2));
        foreach (var (found, slope) in result.Gradient.data<double>().ToArray().Zip(slopes)) found.ShouldBe(slope, 1e-8);
    }

    [Fact]
    public void A_feature_that_does_not_vary_is_left_out_and_equal_features_give_no_gradient()
    {
        using var scope = NewDisposeScope();
        using var loss = OfPixels(new() { ImageSize = 8 });
        var (z, t) = (Noise(1, 2 * N, D), Noise(2, 2 * N, D));
        t[.., 3] = 0.1 + 1e-9 * Noise(5, 2 * N); // rounding
        var exact = t.clone();
        exact[.., 3] = 0.1;
        using LossResult found = loss.Compute(new ProjectionBatch(z, indices: []) { Targets = t }), expected = loss.Compute(new ProjectionBatch(z, indices: []) { Targets = exact });
        found.Loss.ShouldBe(expected.Loss, 1e-5);
        using var none = loss.Compute(new ProjectionBatch(z, indices: []) { Targets = ones_like(z) });
        none.Loss.ShouldBe(2); // 1/τ
        none.Gradient.abs().max().item<double>().ShouldBe(0);
    }

    [Fact]
    public void Ranks_get_the_rows_of_their_own_images_and_the_same_loss()
    {
        using var scope = NewDisposeScope();
        using var loss = OfPixels(new() { ImageSize = 8 });
        var (z, t) = (Noise(3, 2 * N, D), Noise(4, 2 * N, D));
        using var whole = loss.Compute(new ProjectionBatch(z, indices: []) { Targets = t });
        foreach (var (first, images) in new[] { (0, 2), (2, 3) })
        {
            using var part = loss.Compute(new ProjectionBatch(z, indices: []) { Targets = t, FirstImage = first, Images = images });
            part.Read().ShouldBe(whole.Read());
            var own = whole.Gradient.unflatten(0, [2, N]).narrow(1, first, images).flatten(0, 1);
            part.Gradient.data<double>().ToArray().ShouldBe(own.contiguous().data<double>().ToArray());
        }
    }

    [Fact]
    public void The_teacher_sees_the_view_at_its_own_normalisation_and_size()
    {
        using var scope = NewDisposeScope();
        var pixels = Noise(5, 2, 3, 8, 8).sigmoid().to(float32); // in [0, 1]
        var theirs = new Preprocessing { ImageSize = 8, Mean = [0.5, 0.4, 0.3], StandardDeviation = [0.2, 0.3, 0.4] };
        using var loss = OfPixels(Preprocessing.ImageNet with { ImageSize = 8 });

        using var found = loss.Targets(Normalized(pixels, theirs), theirs);

        Golden.MaxDifference(found, Normalized(pixels, Preprocessing.ImageNet).flatten(1)).ShouldBeLessThan(2e-6);
        using (var same = loss.Targets(pixels, Preprocessing.ImageNet)) same.data<float>().ToArray().ShouldBe(pixels.data<float>().ToArray());

        // bilinear to twice the size: the samples lie at ¼ and ¾ between two pixels
        using var twice = OfPixels(new() { ImageSize = 16 });
        using var large = twice.Targets(pixels, new());
        var row = pixels[0, 0].mean([0]);
        float[] columns = large.reshape(2, 3, 16, 16)[0, 0].mean([0]).data<float>().ToArray(), before = row.data<float>().ToArray();
        for (int x = 1; x < 15; x++) columns[x].ShouldBe(x % 2 == 0 ? 0.25f * before[x / 2 - 1] + 0.75f * before[x / 2] : 0.75f * before[x / 2] + 0.25f * before[x / 2 + 1], 1e-5);
        // antialiased to half the size: the weights are ⅛, ⅜, ⅜, ⅛, so stripes become gray
        using var wide = OfPixels(new() { ImageSize = 8 });
        var stripes = zeros(2, 3, 16, 16);
        stripes[.., .., .., TensorIndex.Slice(null, null, 2)] = 1;
        using var half = wide.Targets(stripes, new());
        half.reshape(2, 3, 8, 8)[.., .., .., 1..7].data<float>().ToArray().ShouldAllBe(value => Math.Abs(value - 0.5f) < 1e-6f);

        static Tensor Normalized(Tensor x, Preprocessing how) => (x - tensor(how.Mean.ToArray(), float32).reshape(-1, 1, 1)) / tensor(how.StandardDeviation.ToArray(), float32).reshape(-1, 1, 1);
    }

    // Pixel by pixel: the stored value, then the teacher's share of its own range, then its normalisation.
    [Theory]
    [InlineData(PixelType.UInt16, 100, 4095, 0, 65535)]
    [InlineData(PixelType.UInt16, 0, 65535, 1000, 3000)]
    [InlineData(PixelType.Float32, -1000, 400, -160, 240)]
    [InlineData(PixelType.UInt8, 0, 255, 0, 128)]
    public void The_teacher_sees_the_values_in_its_own_range(PixelType type, double low, double high, double least, double most)
    {
        using var scope = NewDisposeScope();
        var pixels = Noise(5, 2, 1, 8, 8).sigmoid().to(float32); // in [0, 1]
        var student = new Preprocessing { ImageSize = 8, Mean = [0.4], StandardDeviation = [0.2], ValueRange = type == PixelType.UInt8 ? [] : [low, high], ValueType = type == PixelType.UInt8 ? null : type };
        var teacher = new Preprocessing { ImageSize = 8, Mean = [0.7], StandardDeviation = [0.5], ValueRange = [least, most], ValueType = type };
        using var loss = OfPixels(teacher, channels: 1);

        float[] found = loss.Targets((pixels - 0.4) / 0.2, student).data<float>().ToArray(), shares = pixels.data<float>().ToArray();

        for (int i = 0; i < found.Length; i++)
        {
            double stored = low + shares[i] * (high - low), share = Math.Clamp((stored - least) / (most - least), 0, 1);
            found[i].ShouldBe((float)((share - 0.7) / 0.5), 1e-3f * (float)Math.Max(1, (high - low) / (most - least) / 10));
        }
        using var plain = OfPixels(teacher with { ValueRange = [], ValueType = null }, channels: 1); // takes the student's range
        plain.Targets((pixels - 0.4) / 0.2, student).data<float>()[3].ShouldBe((shares[3] - 0.7f) / 0.5f, 1e-4f);
    }

    [Fact]
    public void Ranges_and_channels_that_cannot_be_united_are_refused_in_one_sentence()
    {
        using var loss = OfPixels(new() { ImageSize = 8, ValueRange = [100, 4095], ValueType = PixelType.UInt16, Decoding = new() { Channels = [3, 2, 1] } });
        Should.Throw<ConfigurationException>(() => loss.Require(3, 192, new())).Message.ShouldBe("The student's images do not become those of the teacher pixels: " +
            "The value range 100,4095 (preprocessing.value-range) is for images of 16 bits, not of 8 bits.");
        var prepared = new Preprocessing { ValueRange = [0, 65535], ValueType = PixelType.UInt16 };
        loss.Require(3, 192, prepared);
        Should.Throw<ConfigurationException>(() => loss.Require(3, 192, prepared with { Decoding = new() { Channels = [4, 2, 1] } })).Message
            .ShouldBe("preprocessing.decoding.channels: the student takes the channels 4, 2, 1, but the teacher pixels takes 3, 2, 1.");
    }

    [Fact]
    public void A_ResNet_teacher_is_in_eval_mode_gives_its_own_features_and_gets_no_gradient()
    {
        using var scope = NewDisposeScope();
        using var model = new SimClrModel(new ResNetOptions { Width = 0.125 }, new(), 16, seed: 4);
        string before = ModelState.Sha256(model.Encoder);
        using var loss = new TeacherLoss(model.Encoder, new() { ImageSize = 16 }, 3, "a model");
        var views = Noise(6, 4, 3, 16, 16).to(float32).requires_grad_(true);

        using var t = loss.Targets(views, new());

        (loss.FeatureDim, loss.Identity.Source).ShouldBe((64, "a model"));
        using var smaller = new TeacherLoss(model.Encoder, new() { ImageSize = 8 }, 3, "a model");
        smaller.Identity.Sha256.ShouldNotBe(loss.Identity.Sha256); // other images are other features
        t.requires_grad.ShouldBeFalse();
        model.Encoder.training.ShouldBeFalse();
        Golden.MaxDifference(t, model.Encoder.call(views)).ShouldBeLessThan(1e-5);
        ModelState.Sha256(model.Encoder).ShouldBe(before);
        model.parameters().All(p => p.grad is null).ShouldBeTrue();
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_one_sentence()
    {
        using var scope = NewDisposeScope();
        using var loss = OfPixels(new() { ImageSize = 8 });
        Should.Throw<ArgumentException>(() => loss.Compute(new ProjectionBatch(zeros(4, 3), indices: []))).Message.ShouldStartWith("The projections (4, 3) need a teacher's features of the same shape, not ().");
        Should.Throw<ConfigurationException>(() => loss.Require(1, 192, new())).Message.ShouldBe("encoder.channels: the student takes images of 1 channels, but the teacher pixels takes 3.");
        Should.Throw<ConfigurationException>(() => loss.Require(3, 128, new())).Message.ShouldStartWith("head.output-dim: the student's projections have 128 numbers, but the features of the teacher pixels have 192");
        Should.Throw<ArgumentOutOfRangeException>(() => OfPixels(new()));
        Should.Throw<InvalidDataException>(() => new TeacherLoss(nn.Conv2d(3, 2, 3), new() { ImageSize = 8 }, 3, "conv")).Message.ShouldStartWith("The teacher conv makes (2, 2, 6, 6) Float32 of views (2, 3, 8, 8); features are (N, T)");
        Should.Throw<InvalidDataException>(() => new TeacherLoss(nn.Linear(3, 2), new() { ImageSize = 8 }, 3, "linear")).Message.ShouldStartWith("The teacher linear fails on views (2, 3, 8, 8): ");
    }

    [Fact]
    public void A_TorchScript_module_is_a_teacher_at_the_images_that_are_named()
    {
        using var folder = new TempFolder();
        using var teacher = SimClr.Encoders.TrainedEncoder.Load(TinyScript.Write(folder.At("tiny.pt")), trustScript: true);
        using var loss = teacher.ToTeacher(new() { ImageSize = 8 });
        using var views = arange(2 * 3 * 8 * 8).to(float32).reshape(2, 3, 8, 8) / 100;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Golden.MaxDifference(loss.Targets(views, new()), teacher.Model.Encoder.call(views)).ShouldBe(0);
        (loss.FeatureDim, loss.Identity.Source, loss.Identity.Sha256.Length).ShouldBe((4, folder.At("tiny.pt"), 64));
    }
}
