using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.FineTuning;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Protocols;
using SimClr.RunFolders;
using SimClr.Runs;
using SimClr.Tests.Datasets;
using static TorchSharp.torch;

namespace SimClr.Tests.Runs;

public sealed class ScriptRunTests : IDisposable
{
    private static readonly IImageDataset Images = Subsets.Seeded(new BuiltInImages(DatasetPart.Pretraining), 64, seed: 0);

    private readonly TempFolder folder = new();
    private readonly string script;

    public ScriptRunTests() => script = TinyScript.Write(folder.At("tiny.pt"));

    public void Dispose() => folder.Dispose();

    private PretrainOptions Options => new()
    {
        Preprocessing = new() { ImageSize = 8 },
        BatchSize = 16,
        MicroBatchSize = 8,
        Epochs = 2,
        Encoder = new ScriptOptions { Script = script },
    };

    private RunFolder Train(string name, int epochs = 1)
    {
        var run = new RunFolder(folder.At(name));
        PretrainRun.Start(run.Path, Images, Options with { Epochs = epochs }, new() { TrustScript = true }).Execute(TestContext.Current.CancellationToken).ShouldBeTrue();
        return run;
    }

    [Fact]
    public void A_run_keeps_its_script_and_is_resumed_without_the_original_to_the_same_bytes()
    {
        var stop = TestContext.Current.CancellationToken;
        var (whole, halves) = (Train("whole", epochs: 2), new RunFolder(folder.At("halves")));
        PretrainRun.Start(halves.Path, Images, Options, new() { SaveEvery = 100, TrustScript = true }).Steps(stop).Take(3).Count().ShouldBe(3);
        File.Delete(script);
        Should.Throw<ConfigurationException>(() => PretrainRun.Resume(halves.Path, Images)).Message.ShouldContain("--trust-script");
        PretrainRun.Resume(halves.Path, Images, new() { TrustScript = true }).Execute(stop).ShouldBeTrue();
        foreach (string file in (string[])["model.safetensors", "optimizer.safetensors"]) Newest(halves, file).ShouldBe(Newest(whole, file), file);

        using var trained = TrainedEncoder.Load(whole.Path, trustScript: true);
        var before = TinyScript.Tensors();
        foreach (var (name, values, _) in before)
        {
            trained.Model.Encoder.state_dict()[name].Equals(values).ShouldBeFalse(name);
            trained.Untrained.state_dict()[name].Equals(values).ShouldBeTrue(name);
        }
        string hash = ((ScriptOptions)trained.Options.Encoder).Sha256!;
        File.ReadAllText(whole.RecipeFile).ShouldContain($"encoder:\n  kind: script\n  channels: 3\n  script: \"{script.Replace("\\", "\\\\", StringComparison.Ordinal)}\"\n  sha256: \"{hash}\"\n");
        File.Exists(whole.In($"script-{hash[..12]}.pt")).ShouldBeTrue();
    }

    [Fact]
    public void Nothing_is_opened_without_trust()
    {
        Should.Throw<ConfigurationException>(() => PretrainRun.Start(folder.At("new"), Images, Options)).Message
            .ShouldStartWith($"{folder.At("new")} has the encoder of the script {script}. Loading it runs the program in this file.");
        Directory.Exists(folder.At("new")).ShouldBeFalse();
        var run = Train("run");
        Should.Throw<ConfigurationException>(() => TrainedEncoder.Load(run.Path)).Message.ShouldContain("--trust-script");
        Should.Throw<ConfigurationException>(() => TrainedEncoder.Load(script)).Message.ShouldContain("--trust-script");
    }

    [Fact]
    public void A_traced_module_is_refused_before_a_run_is_written()
    {
        TinyScript.Write(script, TinyScript.Forward.Replace("self.training", "False", StringComparison.Ordinal));
        var run = PretrainRun.Start(folder.At("new"), Images, Options, new() { TrustScript = true });
        Should.Throw<InvalidDataException>(() => run.Execute(TestContext.Current.CancellationToken)).Message.ShouldContain("would train with frozen statistics");
        new RunFolder(folder.At("new")).Exists.ShouldBeFalse();
    }

    [Theory]
    [InlineData("encoder.safetensors")]
    [InlineData("encoder.pth")]
    [InlineData("encoder.pt")]
    public void A_saved_encoder_is_read_bit_for_bit_and_embeds_the_same(string file)
    {
        var run = Train("run");
        using var trained = TrainedEncoder.Load(run.Path, trustScript: true);
        trained.Save(folder.At(file));
        Should.Throw<ConfigurationException>(() => TrainedEncoder.Load(folder.At(file))).Message.ShouldContain("--trust-script");
        using var read = TrainedEncoder.Load(folder.At(file), trustScript: true);
        foreach (var (name, tensor) in trained.Model.Encoder.state_dict()) read.Model.Encoder.state_dict()[name].Equals(tensor).ShouldBeTrue(name);
        read.Embed(Images.Read(0)).ShouldBe(trained.Embed(Images.Read(0)));
        (read.IsForeign, read.Options.ImageSize).ShouldBe((false, 8));
        Should.Throw<InvalidDataException>(() => trained.Save(folder.At("x.onnx"))).Message.ShouldEndWith("Write it as .pt, load that in Python (torch.jit.load) and use torch.onnx.export.");
        Should.Throw<InvalidDataException>(() => trained.Save(folder.At("x.pt"), new(rand(2, 4), rand(2), ["a", "b"]))).Message.ShouldContain("a script has no place for a classifier");
    }

    [Fact]
    public void Weights_of_another_script_or_without_their_script_are_refused_in_one_sentence()
    {
        var run = Train("run");
        using (var trained = TrainedEncoder.Load(run.Path, trustScript: true)) trained.Save(folder.At("encoder.safetensors"));
        TinyScript.Write(script, tensors: TinyScript.Tensors(channels: 1)); // replaced: another hash
        string message = Should.Throw<InvalidDataException>(() => TrainedEncoder.Load(folder.At("encoder.safetensors"), trustScript: true)).Message;
        message.ShouldStartWith($"{folder.At("encoder.safetensors")} has the encoder of a script that is not at {script} any more (SHA-256 ");
        string copy = Directory.GetFiles(run.Path, "script-*.pt").Single();
        message.ShouldEndWith($"Put a copy of it beside the weights, with the name {Path.GetFileName(copy)}.");
        File.Copy(copy, folder.At(Path.GetFileName(copy)));
        using (TrainedEncoder.Load(folder.At("encoder.safetensors"), trustScript: true)) { }

        var resnet = new ResNetOptions { Width = 0.0625 };
        using var other = new SimClrModel(resnet, new(), 8, 0);
        using var mine = new SimClrModel(new ScriptOptions { Script = copy }.Trusted(), new(), 8, 0);
        Should.Throw<InvalidDataException>(() => ModelState.Load(mine.Encoder, other.Encoder.state_dict())).Message.ShouldEndWith("they are of another architecture.");
    }

    [Fact]
    public void It_is_fine_tuned_and_teaches_a_student_of_the_same_script()
    {
        var stop = TestContext.Current.CancellationToken;
        var run = Train("run");
        var source = ImageSource.Of(new SyntheticImages(48));
        using var trained = TrainedEncoder.Load(run.Path, trustScript: true);
        var request = new FineTuneRequest { Options = FineTuneOptions.V1 with { Training = FineTuneOptions.V1.Training with { Epochs = 1, BatchSize = 16 } } };
        new FineTuneRun(trained, source, request).Execute(folder.At("tuned"), stop);
        File.Delete(script);
        Should.Throw<ConfigurationException>(() => TrainedClassifier.Load(folder.At("tuned"))).Message.ShouldContain("--trust-script");
        using var teacher = TrainedClassifier.Load(folder.At("tuned"), trustScript: true);
        var distill = new DistillRequest { Options = new() { Encoder = teacher.Options.Encoder, Training = new() { Epochs = 1, BatchSize = 16 } } };
        new DistillRun(teacher, source, distill).Execute(folder.At("student"), stop);
        using var student = TrainedClassifier.Load(folder.At("student"), trustScript: true);
        student.Model.Encoder.state_dict().Keys.ShouldBe(teacher.Model.Encoder.state_dict().Keys);
    }

    private static byte[] Newest(RunFolder run, string file) => File.ReadAllBytes(Path.Combine(Directory.GetDirectories(run.In("checkpoints")).Order().Last(), file));
}
