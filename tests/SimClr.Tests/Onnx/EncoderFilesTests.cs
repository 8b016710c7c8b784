using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using SimClr.Images;
using SimClr.Onnx;

namespace SimClr.Tests.Onnx;

/// <summary>Which files can be used, and what the others are told.</summary>
public sealed class EncoderFilesTests
{
    [Fact]
    public void Another_training_or_preprocessing_has_another_id_and_the_same_file_the_same()
    {
        using var encoder = new EncoderFile();
        using var included = new EncoderFile(included: true);
        using var older = new EncoderFile(opset: 17);
        using var trained = new EncoderFile(shift: 1e-3);
        string Id(string path, ImageEmbedderOptions? options = null)
        {
            using var embedder = ImageEmbedder.Load(path, options);
            return embedder.ModelId;
        }

        string id = Id(encoder.Path), copy = encoder.Write("copy.onnx", File.ReadAllBytes(encoder.Path));
        id.ShouldMatch("^[0-9a-f]{64}$");
        Id(copy).ShouldBe(id);
        Id(trained.Path).ShouldNotBe(id);
        Id(included.Path).ShouldNotBe(id);
        Id(older.Path).ShouldNotBe(id);
        Id(encoder.Path, new() { Preprocessing = EncoderFile.Preprocessing }).ShouldBe(id);
        Id(encoder.Path, new() { Preprocessing = EncoderFile.Preprocessing with { Interpolation = Interpolation.Bilinear } }).ShouldNotBe(id);
    }

    [Fact]
    public void Weights_in_a_second_file_are_part_of_the_id()
    {
        using var encoder = new EncoderFile();
        string path = encoder.Write("split.onnx", []), weights = encoder.Write("split.data", []);
        using (var options = new SessionOptions { OptimizedModelFilePath = path, GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL })
        {
            options.AddSessionConfigEntry("session.optimized_model_external_initializers_file_name", "split.data");
            options.AddSessionConfigEntry("session.optimized_model_external_initializers_min_size_in_bytes", "1000");
            new InferenceSession(encoder.Path, options).Dispose();
        }
        new FileInfo(weights).Length.ShouldBeGreaterThan(100_000);

        string image = encoder.Image("a.png", 70, 50);
        using var embedder = ImageEmbedder.Load(path);
        EncoderFile.Difference(embedder.Embed(image), encoder.Expected(image)).ShouldBeLessThan(1e-5);
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[5000] ^= 1;
        File.WriteAllBytes(weights, bytes);
        using var other = ImageEmbedder.Load(path);
        other.ModelId.ShouldNotBe(embedder.ModelId);
    }

    [Fact]
    public void A_file_of_opset_17_gives_the_same_vectors()
    {
        using var encoder = new EncoderFile();
        using var older = new EncoderFile(opset: 17);
        string file = encoder.Image("a.png", 70, 50);
        using var embedder = older.Load();
        EncoderFile.Difference(embedder.Embed(file), encoder.Expected(file)).ShouldBeLessThan(1e-5);
        Should.Throw<ArgumentOutOfRangeException>(() => new EncoderFile(included: true, opset: 17));
        Should.Throw<ArgumentOutOfRangeException>(() => new EncoderFile(opset: 16));
    }

    [Fact]
    public void Files_that_cannot_be_used_are_refused_in_one_sentence()
    {
        using var encoder = new EncoderFile(included: true);
        string Refusal<T>(string path, ImageEmbedderOptions? options = null) where T : Exception =>
            Should.Throw<T>(() => ImageEmbedder.Load(path, options)).Message;

        Refusal<FileNotFoundException>("/nowhere.onnx").ShouldBe("/nowhere.onnx does not exist. simclr export writes such a file.");
        string cut = encoder.Write("cut.onnx", File.ReadAllBytes(encoder.Path)[..5000]);
        Refusal<InvalidDataException>(cut).ShouldStartWith($"{cut}: ONNX Runtime cannot load it: ");
        Refusal<ConfigurationException>(encoder.Path, new() { Preprocessing = EncoderFile.Preprocessing }).ShouldContain("prepares its images inside");
        Refusal<InvalidDataException>(encoder.Path, new() { Output = "z" }).ShouldContain("has no output z; it has h.");
        Refusal<ArgumentOutOfRangeException>(encoder.Path, new() { MaxConcurrency = 0 }).ShouldContain("MaxConcurrency");
        using var embedder = encoder.Load();
        Should.Throw<InvalidDataException>(() => embedder.Embed(DecodedImage.Of<ushort>(new ushort[9 * 9 * 3], 9, 9), "deep")).Message.ShouldContain("deep has UInt16 values");
        if (OperatingSystem.IsLinux()) Should.Throw<InvalidDataException>(() => embedder.Embed("/dev/null")).Message.ShouldContain("a device");

        foreach (var (from, to, message) in new[]
        {
            ("\"filter\":\"bicubic", "\"filter\":\"Bicubic", "its metadata 'preprocessing' cannot be used: its filter is 'Bicubic"),
            ("\"size\":40", "\"size\":-4", "its metadata 'preprocessing' cannot be used: ImageSize must be 0 (by the data) or at least 8, not -4."),
            ("{\"included\"", "[\"included\"", "its metadata 'preprocessing' cannot be used"),
            ("\"mean\"", "\"meen\"", "its metadata 'preprocessing' cannot be used"),
        })
        {
            byte[] file = File.ReadAllBytes(encoder.Path);
            int at = file.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(from));
            System.Text.Encoding.UTF8.GetBytes(to).CopyTo(file, at);
            Refusal<InvalidDataException>(encoder.Write("other.onnx", file)).ShouldContain(message);
        }
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void A_torchvision_file_gives_torchvisions_vectors_with_preprocessing_given_in_code()
    {
        using var encoder = new EncoderFile();
        string onnx = encoder.Write("resnet18.onnx", []), image = encoder.Image("a.png", 96, 96);
        string printed = Python.Run($$"""
            import numpy as np, torch, torchvision
            torch.manual_seed(0)
            m = torchvision.models.resnet18().eval(); m.fc = torch.nn.Identity()
            torch.onnx.export(m, torch.zeros(2, 3, 96, 96), r"{{onnx}}", input_names=["input"], output_names=["features"], dynamic_axes=dict(input={0: "n"}))
            torch.onnx.export(m, torch.zeros(2, 3, 96, 96), r"{{onnx}}.two", output_names=["features"])
            x = torchvision.transforms.functional.to_tensor(torchvision.io.read_image(r"{{image}}", torchvision.io.ImageReadMode.RGB_ALPHA).permute(1, 2, 0).numpy()) * 255
            x = torch.round(x[:3] * x[3:] / 255 + 255 - x[3:]) / 255
            x = torchvision.transforms.functional.normalize(x, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
            with torch.no_grad(): print(" ".join(map(str, m(x[None])[0].tolist())))
            """);
        float[] expected = [.. printed.Split('\n')[^1].Split(' ').Select(v => float.Parse(v, CultureInfo.InvariantCulture))];
        Should.Throw<ConfigurationException>(() => ImageEmbedder.Load(onnx)).Message.ShouldContain("does not say how images are prepared");
        Should.Throw<ConfigurationException>(() => ImageEmbedder.Load(onnx, new() { Preprocessing = Preprocessing.ImageNet with { ImageSize = 64 } }))
            .Message.ShouldContain("takes images of 96 × 96 pixels, not the 64 × 64");
        using var embedder = ImageEmbedder.Load(onnx, new() { Preprocessing = Preprocessing.ImageNet });
        (embedder.Dimensions, embedder.Preprocessing.ImageSize, embedder.Recipe).ShouldBe((512, 96, null));
        EncoderFile.Difference(embedder.Embed(image), expected).ShouldBeLessThan(1e-4);

        using var two = ImageEmbedder.Load($"{onnx}.two", new() { Preprocessing = Preprocessing.ImageNet }); // a batch of fixed size
        EncoderFile.Difference(two.Embed(image), expected).ShouldBeLessThan(1e-4);
        foreach (var result in two.EmbedAsync([image, image, image], TestContext.Current.CancellationToken).ToBlockingEnumerable(TestContext.Current.CancellationToken))
            EncoderFile.Difference(result.Vector.ToArray(), expected).ShouldBeLessThan(1e-4);
    }
}
