using System.Text.Json;
using SimClr.Encoders;
using SimClr.Images;
using SimClr.Models;
using SimClr.Tests.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Encoders;

public sealed class OnnxEncoderTests
{
    private static readonly OnnxOptions Bare = new() { Preprocessing = false };

    public static TheoryData<ResNetDepth, double, Stem, ResNetLayout, int, bool> Networks => new()
    {
        { ResNetDepth.Resnet18, 0.0625, Stem.Small, ResNetLayout.Torchvision, 32, false },
        { ResNetDepth.Resnet18, 0.5, Stem.SmallStride2, ResNetLayout.Torchvision, 32, false },
        { ResNetDepth.Resnet18, 0.25, Stem.SmallStride2, ResNetLayout.Google, 31, false },
        { ResNetDepth.Resnet18, 1, Stem.Imagenet, ResNetLayout.Torchvision, 64, false },
        { ResNetDepth.Resnet18, 0.25, Stem.Auto, ResNetLayout.Torchvision, 96, false },
        { ResNetDepth.Resnet18, 0.25, Stem.Imagenet, ResNetLayout.Google, 64, false }, // 32 before the pool
        { ResNetDepth.Resnet18, 0.25, Stem.Imagenet, ResNetLayout.Google, 65, false }, // 33
        { ResNetDepth.Resnet18, 0.25, Stem.Imagenet, ResNetLayout.Google, 66, false }, // 33
        { ResNetDepth.Resnet18, 0.25, Stem.Imagenet, ResNetLayout.Torchvision, 65, false },
        { ResNetDepth.Resnet34, 0.125, Stem.Small, ResNetLayout.Google, 16, false },
        { ResNetDepth.Resnet50, 0.25, Stem.Imagenet, ResNetLayout.Google, 48, false },
        { ResNetDepth.Resnet50, 1, Stem.Imagenet, ResNetLayout.Torchvision, 32, false },
        { ResNetDepth.Resnet101, 0.0625, Stem.SmallStride2, ResNetLayout.Torchvision, 24, false },
        { ResNetDepth.Resnet152, 0.0625, Stem.Imagenet, ResNetLayout.Google, 40, false },
        { ResNetDepth.Resnet50, 0.0625, Stem.Imagenet, ResNetLayout.Google, 65, true }, // sides of 33, 17, 9, 5, 3
        { ResNetDepth.Resnet50, 0.25, Stem.Small, ResNetLayout.Torchvision, 20, true },
        { ResNetDepth.Resnet101, 0.0625, Stem.Imagenet, ResNetLayout.Torchvision, 64, true },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void ONNX_Runtime_computes_the_encoders_features(ResNetDepth depth, double width, Stem stem, ResNetLayout layout, int imageSize, bool selective)
    {
        using var scope = NewDisposeScope();
        using var network = OnnxTrial.Build(new ResNetOptions { Arch = depth, Width = width, Stem = stem, Layout = layout, SelectiveKernels = selective }, imageSize);
        using var trial = new OnnxTrial(network, new() { ImageSize = imageSize }, Bare);
        foreach (int batch in (int[])[1, 3])
        {
            var x = rand(batch, 3, imageSize, imageSize);
            OnnxTrial.Difference(trial.Run("h", x), trial.Expected(x)).ShouldBeLessThan(1e-5);
        }
        long parameters = network.parameters().Sum(p => p.numel());
        new FileInfo(trial.Path).Length.ShouldBeInRange(parameters * 4 * 98 / 100, parameters * 4 + 100_000);
    }

    [Fact]
    public void A_network_in_training_mode_is_exported_in_eval_mode_and_stays_in_training_mode()
    {
        using var scope = NewDisposeScope();
        using var network = OnnxTrial.Build(new ResNetOptions { Width = 0.125 }, 32);
        network.train();
        using var trial = new OnnxTrial(network, new() { ImageSize = 32 }, Bare);
        network.training.ShouldBeTrue();
        network.eval();
        var x = rand(2, 3, 32, 32);
        OnnxTrial.Difference(trial.Run("h", x), trial.Expected(x)).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void A_classifier_gives_logits_and_probabilities()
    {
        using var scope = NewDisposeScope();
        var classifier = new EncoderClassifier(randn(3, 64).to(float64), randn(3), ["Größe", "b", "\"c\""]);
        using var trial = new OnnxTrial(OnnxTrial.Build(new ResNetOptions { Width = 0.125 }, 32), new() { ImageSize = 32 }, Bare with { Classifier = classifier });
        var x = rand(3, 3, 32, 32);
        var logits = trial.Expected(x).mm(classifier.Weight.to(float32).t()) + classifier.Bias;
        OnnxTrial.Difference(trial.Run("logits", x), logits).ShouldBeLessThan(1e-5);
        Golden.MaxDifference(trial.Run("probabilities", x), logits.softmax(1)).ShouldBeLessThan(1e-3);
        OnnxTrial.Difference(trial.Run("h", x), trial.Expected(x)).ShouldBeLessThan(1e-5);
        JsonSerializer.Deserialize<string[]>(trial.Session.ModelMetadata.CustomMetadataMap["classes"]).ShouldBe(classifier.Classes);
    }

    [Fact]
    public void The_file_says_what_it_is()
    {
        var preprocessed = new Preprocessing { ImageSize = 48, Mean = [0.5, 0.25, 0.125], StandardDeviation = [0.2, 0.3, 0.4], Interpolation = Interpolation.Bicubic };
        const string Recipe = "encoder:\n  arch: resnet18 # ü\n";
        using var trial = new OnnxTrial(OnnxTrial.Build(new ResNetOptions { Width = 0.125 }, 48), preprocessed, new OnnxOptions { Recipe = Recipe });
        var metadata = trial.Session.ModelMetadata;
        metadata.ProducerName.ShouldBe("SimClr");
        metadata.Description.ShouldBe("SimCLR encoder: ResNet-18, width 0.125, views of 48 × 48 pixels.");
        metadata.CustomMetadataMap.Keys.Order().ShouldBe(["preprocessing", "recipe"]);
        metadata.CustomMetadataMap["recipe"].ShouldBe(Recipe);
        var preprocessing = JsonDocument.Parse(metadata.CustomMetadataMap["preprocessing"]).RootElement;
        preprocessing.GetProperty("included").GetBoolean().ShouldBeTrue();
        preprocessing.GetProperty("size").GetInt32().ShouldBe(48);
        preprocessing.GetProperty("crop").GetString()!.ShouldContain("0.875");
        preprocessing.GetProperty("filter").GetString()!.ShouldStartWith("bicubic");
        preprocessing.GetProperty("mean").EnumerateArray().Select(m => m.GetDouble()).ShouldBe(preprocessed.Mean);
        preprocessing.GetProperty("std").EnumerateArray().Select(m => m.GetDouble()).ShouldBe(preprocessed.StandardDeviation);

        var (input, output) = (trial.Session.InputMetadata.Single(), trial.Session.OutputMetadata.Single());
        (input.Key, input.Value.ElementType).ShouldBe(("image", typeof(byte)));
        input.Value.Dimensions.ShouldBe([-1, -1, -1, 3]);
        input.Value.SymbolicDimensions.ShouldBe(["N", "H", "W", ""]);
        (output.Key, output.Value.ElementType).ShouldBe(("h", typeof(float)));
        output.Value.Dimensions.ShouldBe([-1, 64]);
    }

    [Fact]
    public void The_same_encoder_gives_the_same_bytes_over_an_old_file_and_leaks_no_tensor()
    {
        using var folder = new TempFolder();
        using var network = OnnxTrial.Build(new ResNetOptions { Width = 0.0625 }, 32);
        string path = folder.Write("a.onnx", new byte[10_000_000]);
        long tensors = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        OnnxEncoder.Write(path, network, new() { ImageSize = 32 });
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.ShouldBe(tensors);
        byte[] first = File.ReadAllBytes(path);
        OnnxEncoder.Write(path, network, new() { ImageSize = 32 });
        File.ReadAllBytes(path).ShouldBe(first);
        Directory.GetFiles(folder.Root).ShouldBe([path]);
    }

    [Fact]
    public void Input_that_does_not_fit_is_refused_in_one_sentence_and_the_old_file_stays()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var network = OnnxTrial.Build(new ResNetOptions { Width = 0.125 }, 32);
        string path = folder.Write("a.onnx", [1, 2, 3]);
        void Refused<T>(string sentence, OnnxOptions? options = null, Preprocessing? preprocessing = null, string? to = null) where T : Exception
        {
            Should.Throw<T>(() => OnnxEncoder.Write(to ?? path, network, preprocessing ?? new() { ImageSize = 32 }, options)).Message.ShouldContain(sentence);
            File.ReadAllBytes(path).ShouldBe([1, 2, 3]);
            Directory.GetFiles(folder.Root).ShouldBe([path]);
        }

        OnnxOptions With(Tensor weight, Tensor bias, int names) => new() { Classifier = new(weight, bias, [.. Enumerable.Range(0, names).Select(n => $"{n}")]) };
        Refused<ArgumentException>("weight (3, 63), a bias (3) and 3 names; an encoder of 64 features takes (C, 64), (C) and C", With(zeros(3, 63), zeros(3), 3));
        Refused<ArgumentException>("a bias (2)", With(zeros(3, 64), zeros(2), 3));
        Refused<ArgumentException>("4 names", With(zeros(3, 64), zeros(3), 4));
        Refused<InvalidDataException>("fc.bias has values that are not finite", With(zeros(3, 64), full(3, double.NaN), 3));
        Refused<ArgumentOutOfRangeException>("ImageSize", preprocessing: new() { ImageSize = 7 });
        Refused<ArgumentOutOfRangeException>("Mean", preprocessing: new() { ImageSize = 32, Mean = [1] });
        Refused<IOException>(folder.Root, to: folder.Root);

        using (no_grad()) network.state_dict()["layer3.1.bn2.running_var"][5] = -1;
        Refused<InvalidDataException>("layer3.1.conv2.weight has values that are not finite");
    }

    [Fact]
    public void A_file_of_more_than_2_GB_is_refused_before_anything_is_written()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var network = OnnxTrial.Build(new ResNetOptions { Arch = ResNetDepth.Resnet50, Width = 0.25 }, 32);
        const int Classes = 1_100_000; // 2.25 GB that occupy no memory
        string[] names = new string[Classes];
        Array.Fill(names, "");
        var classifier = new EncoderClassifier(zeros(1, 1).expand(Classes, 512), zeros(1).expand(Classes), names);
        Should.Throw<InvalidDataException>(() => OnnxEncoder.Write(folder.At("a.onnx"), network, new() { ImageSize = 32 }, new OnnxOptions { Classifier = classifier }))
            .Message.ShouldContain("an ONNX file holds at most 2147483647");
        Directory.GetFiles(folder.Root).ShouldBeEmpty();
    }
}
