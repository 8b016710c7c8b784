using SimClr.Encoders;
using SimClr.Images;
using SimClr.Models;
using SimClr.Tests.Models;
using SimClr.Weights;
using SkiaSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Encoders;

/// <summary>Files of other programs' networks: which of several, for which image size, under whose names.</summary>
public sealed class ForeignNetworksTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_network_of_several_is_named_after_the_file_and_a_file_may_have_the_sign_in_its_name()
    {
        var (teacher, student) = (Vectors(1), Vectors(2));
        var both = Under("teacher.backbone.", teacher).Concat(Under("student.backbone.", student)).ToDictionary();
        string file = folder.At("both#1.pth");
        PyTorchFile.Write(file, both);
        Should.Throw<InvalidDataException>(() => TrainedEncoder.Load(file)).Message.ShouldBe(
            $"{file} holds 2 networks, under 'teacher.backbone', 'student.backbone'. Name one after a #: {file}#teacher.backbone");
        using (var named = TrainedEncoder.Load($"{file}#teacher"))
        {
            named.Source.ShouldBe($"{file}#teacher");
            Golden.MaxDifference(named.Model.Encoder.state_dict()["conv1.weight"], teacher["conv1.weight"]).ShouldBe(0);
        }
        PyTorchFile.Write(folder.At("one#teacher"), Under("backbone.", student));
        using var one = TrainedEncoder.Load(folder.At("one#teacher"));
        Golden.MaxDifference(one.Model.Encoder.state_dict()["conv1.weight"], student["conv1.weight"]).ShouldBe(0);
        Should.Throw<FileNotFoundException>(() => TrainedEncoder.Load(folder.At("none.pth#teacher"))).Message.ShouldContain("none.pth#teacher does not exist");
        Should.Throw<InvalidDataException>(() => TrainedEncoder.Load($"{file}#ema")).Message.ShouldContain("; 'ema' names none of them.");
    }

    [Fact]
    public void DINOv2_is_embedded_with_its_preparation_and_its_positions_are_resampled_once()
    {
        var theirs = new ForeignEncoder("dinov2");
        Safetensors.Write(folder.At("dino.safetensors"), theirs.Weights());
        var heard = new RecordedMessages();
        string image = folder.At("image.png");
        File.WriteAllBytes(image, TinyImages.Encode(200, 150, SKEncodedImageFormat.Png, (x, y) => new SKColor((byte)x, (byte)y, (byte)(x * y))));
        float[] at56, direct;
        using (var encoder = TrainedEncoder.Load(folder.At("dino.safetensors"), CPU, heard))
        {
            encoder.Options.Preprocessing.ShouldBe(Preprocessing.ImageNet with { ImageSize = 70, Interpolation = Interpolation.Bicubic });
            heard.Lines.ShouldContain(line => line.Contains("assuming ImageNet's preparation, 70 × 70 pixels, bicubic", StringComparison.Ordinal));
            encoder.Save(folder.At("ours.safetensors"));
        }
        var preprocessing = Preprocessing.ImageNet with { ImageSize = 56, Interpolation = Interpolation.Bicubic };
        using (var embedder = new Embedder(TrainedEncoder.Load(folder.At("dino.safetensors")), CPU, preprocessing))
            at56 = embedder.Encode(image).data<float>().ToArray();
        // the file of ours keeps the rule
        using (var embedder = new Embedder(TrainedEncoder.Load(folder.At("ours.safetensors")), CPU, preprocessing))
            direct = embedder.Encode(image).data<float>().ToArray();
        direct.ShouldBe(at56);

        var sized = TrainedEncoder.Load(folder.At("dino.safetensors")).Resized(56);
        Golden.MaxDifference(sized.Model.Encoder.call(ForeignEncoder.Images(56)).narrow(1, 0, 24), theirs.Features(56)).ShouldBeLessThan(1e-4);
        using var back = sized.Resized(70); // from the file's positions, not from the resampled ones
        Golden.MaxDifference(back.Model.Encoder.call(ForeignEncoder.Images(70)).narrow(1, 0, 24), theirs.Features(70)).ShouldBeLessThan(1e-4);
        Should.Throw<ConfigurationException>(() => back.Resized(60)).Message.ShouldBe("Weights with a patch of 14 pixels are for images with a multiple of 14 pixels a side, not 60: take 56 or 70 (--image-size).");
    }

    [Theory]
    [InlineData("torchvision-vit", 32, null, "head", "blocks.0.norm1.weight")]
    [InlineData("torchvision-vit", 32, WeightNames.Timm, "head", "blocks.0.norm1.weight")]
    [InlineData("torchvision-vit", 32, WeightNames.Torchvision, "heads.head", "encoder.layers.encoder_layer_0.ln_1.weight")]
    [InlineData("torchvision-convnext", 224, null, "classifier.2", "features.1.0.block.0.weight")]
    [InlineData("torchvision-convnext", 224, WeightNames.Torchvision, "classifier.2", "features.1.0.block.0.weight")]
    [InlineData("torchvision-convnext", 224, WeightNames.Timm, "head.fc", "stages.0.blocks.0.conv_dw.weight")]
    [InlineData("dinov2-registers", 70, WeightNames.Timm, null, "blocks.0.ls1.gamma")]
    public void What_is_written_under_a_programs_names_is_read_again_with_its_classifier(string kind, int size, WeightNames? names, string? classifier, string layer)
    {
        var theirs = new ForeignEncoder(kind);
        Safetensors.Write(folder.At("theirs.safetensors"), theirs.Weights());
        using var encoder = TrainedEncoder.Load(folder.At("theirs.safetensors"));
        encoder.Options.ImageSize.ShouldBe(size);
        encoder.Save(folder.At("written.pth"), names: names);
        var written = PyTorchFile.Read(folder.At("written.pth"));
        written.ShouldContainKey(layer);
        if (classifier is not null) written.ShouldContainKey($"{classifier}.weight");
        if (kind == "torchvision-vit" && names == WeightNames.Torchvision || kind == "torchvision-convnext" && names is not WeightNames.Timm)
        {
            var weights = theirs.Weights();
            written.Keys.ShouldBe(weights.Keys, ignoreOrder: true);
            foreach (var (name, tensor) in weights) Golden.MaxDifference(written[name], tensor).ShouldBe(0, name);
        }
        using var again = TrainedEncoder.Load(folder.At("written.pth"));
        again.IsForeign.ShouldBeFalse();
        again.HasHead.ShouldBeFalse();
        again.Options.Encoder.ShouldBe(encoder.Options.Encoder);
        (again.Classifier is null).ShouldBe(classifier is null);
        int side = kind == "torchvision-convnext" ? 64 : size;
        Golden.MaxDifference(again.Model.Encoder.call(ForeignEncoder.Images(side)), encoder.Model.Encoder.call(ForeignEncoder.Images(side))).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void What_torchvision_does_not_have_is_not_written_under_its_names()
    {
        Safetensors.Write(folder.At("dino.safetensors"), new ForeignEncoder("dinov2-registers").Weights());
        using var encoder = TrainedEncoder.Load(folder.At("dino.safetensors"));
        Should.Throw<InvalidDataException>(() => encoder.Save(folder.At("x.pth"), names: WeightNames.Torchvision)).Message
            .ShouldBe($"{folder.At("x.pth")}: torchvision's vision transformers have no registers.");
        File.Exists(folder.At("x.pth")).ShouldBeFalse();
    }

    // The whole networks, with random weights of torchvision: its file here, and ours there.
    [Theory]
    [Trait("Duration", "Long")]
    [InlineData("vit_b_16", "heads = torch.nn.Identity()", WeightNames.Torchvision)]
    [InlineData("convnext_tiny", "classifier[2] = torch.nn.Identity()", null)]
    public void Torchvisions_networks_give_its_features_and_it_loads_ours_strictly(string name, string headless, WeightNames? names)
    {
        string weights = folder.At("theirs.pth"), features = folder.At("h.pth"), ours = folder.At("ours.pth");
        Python.Run($"""
            import torch, torchvision
            torch.manual_seed(0); m = torchvision.models.{name}(num_classes=7).eval()
            for n, p in m.named_parameters():
                if p.dim() < 2 or 'scale' in n: torch.nn.init.normal_(p, 0.8 if 'scale' in n or n.endswith('weight') else 0, 0.2)
            torch.nn.init.normal_(m.{(name == "vit_b_16" ? "heads.head" : "classifier[2]")}.weight, 0, 0.02)
            x = torch.rand(2, 3, 224, 224); torch.save(m.state_dict(), '{weights}'); y = m(x).detach(); m.{headless}
            torch.save(dict(x=x, y=y, h=m(x).detach()), '{features}')
            """);
        var theirs = PyTorchFile.Read(features);
        using var _ = no_grad();
        using (var encoder = TrainedEncoder.Load(weights))
        {
            encoder.Options.ImageSize.ShouldBe(224);
            var h = encoder.Model.Encoder.call(theirs["x"]);
            Golden.MaxDifference(h, theirs["h"]).ShouldBeLessThan(1e-4);
            Golden.MaxDifference(encoder.Classifier!.call(h), theirs["y"]).ShouldBeLessThan(1e-4);
            encoder.Save(ours, names: names);
        }
        Python.Run($"""
            import torch, torchvision
            m = torchvision.models.{name}(num_classes=7).eval(); print(m.load_state_dict(torch.load('{ours}'), strict=True))
            t = torch.load('{features}'); print((m(t['x']) - t['y']).abs().max().item())
            """).ShouldBe("<All keys matched successfully>\n0.0");
    }

    private static Dictionary<string, Tensor> Vectors(ulong seed)
    {
        using var generator = new Generator(seed, CPU);
        using var network = new ResNet(new ResNetOptions { Width = 0.0625 }, 32, generator);
        return network.state_dict().ToDictionary(t => t.Key, t => t.Value.clone());
    }

    private static Dictionary<string, Tensor> Under(string prefix, Dictionary<string, Tensor> state) => state.ToDictionary(t => prefix + t.Key, t => t.Value);
}
