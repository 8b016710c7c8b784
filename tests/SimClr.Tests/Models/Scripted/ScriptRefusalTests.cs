using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Tests.Distributed;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Tests.Models.Scripted;

public sealed class ScriptRefusalTests : IDisposable
{
    private const int Size = 8;

    // Bodies of forward in evaluation mode alone, as tracing records it, and in training mode alone.
    private static readonly string TracedInEvaluation = TinyScript.Forward.Replace("self.training", "False", StringComparison.Ordinal);
    private static readonly string TracedInTraining = TinyScript.Forward.Replace("self.training, 0.1", "True, 0.1", StringComparison.Ordinal).Replace("self.training)", "False)", StringComparison.Ordinal);

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private ScriptOptions Options(string methods, List<(string, Tensor, bool)>? tensors = null) =>
        new ScriptOptions { Script = TinyScript.Write(folder.At("tiny.pt"), methods, tensors) }.Trusted();

    private static SimClrModel Model(ScriptOptions options) => new(options, new ProjectionHeadOptions(), Size, seed: 0);

    private string Refusal(string methods, List<(string, Tensor, bool)>? tensors = null)
    {
        string message = Should.Throw<InvalidDataException>(() => Model(Options(methods, tensors))).Message;
        message.ShouldStartWith($"The script {folder.At("tiny.pt")} ");
        message.ShouldNotContain("\n");
        return message[$"The script {folder.At("tiny.pt")} ".Length..];
    }

    [Fact]
    public void Nothing_in_a_file_runs_unless_it_is_trusted()
    {
        const string Hostile = """
              def __getstate__(self: __torch__.Tiny) -> Any:
                return 1
              def __setstate__(self: __torch__.Tiny, state: Any) -> NoneType:
                ops.prim.RaiseException("the program ran")
                return None

            """;
        var options = new ScriptOptions { Script = TinyScript.Write(folder.At("tiny.pt"), TinyScript.Forward + Hostile) };
        Should.Throw<ConfigurationException>(() => Model(options)).Message.ShouldBe($"The run has the encoder of the script {folder.At("tiny.pt")}. " +
            "Loading it runs the program in this file. If you trust it: --trust-script (in C#: trustScript, or ScriptOptions.Trusted()).");
        var trusted = options.Trusted(); // only reads
        trusted.Sha256.ShouldBe(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder.At("tiny.pt")))));
        Should.Throw<InvalidDataException>(() => Model(trusted)).Message.ShouldEndWith("cannot be loaded: the program ran.");
    }

    [Fact]
    public void What_is_no_encoder_is_refused_in_one_sentence()
    {
        Refusal("  def forward(self: __torch__.Tiny, x: Tensor, y: Tensor) -> Tensor:\n    return torch.add(x, y)\n")
            .ShouldStartWith("does not take one tensor alone, the images: ");
        Refusal("  def forward(self: __torch__.Tiny) -> Tensor:\n    return self.shift\n").ShouldStartWith("does not take one tensor alone, the images: ");
        Refusal("  def other(self: __torch__.Tiny, x: Tensor) -> Tensor:\n    return x\n").ShouldContain("forward");
        Refusal("  def forward(self: __torch__.Tiny, x: Tensor) -> Tuple[Tensor, Tensor]:\n    return (x, x)\n").ShouldBe("does not return one tensor: h (N, D).");
        Refusal("  def forward(self: __torch__.Tiny, x: Tensor) -> int:\n    return 3\n").ShouldBe("does not return one tensor: h (N, D).");
        Refusal("  def forward(self: __torch__.Tiny, x: Tensor) -> Dict[str, Tensor]:\n    return {\"h\": x}\n").ShouldBe("does not return one tensor: h (N, D).");
        Refusal("  def forward(self: __torch__.Tiny, x: Tensor) -> Tensor:\n    return torch.relu(x)\n")
            .ShouldStartWith("makes (2, 3, 8, 8) of views (2, 3, 8, 8) and (1, 3, 8, 8) of one; h must be (N, D).");
        Refusal("  def forward(self: __torch__.Tiny, x: Tensor) -> Tensor:\n    return torch.reshape(x, [-1, 96])\n").ShouldStartWith("makes (4, 96) of views (2, 3, 8, 8) and (2, 96) of one");
        Refusal(TinyScript.Forward, [("weight", ones(4, 3, 3, 3), false), ("shift", ones(4), false), ("running_mean", zeros(4), false), ("running_var", ones(4), false)])
            .ShouldStartWith("has no parameters (torch.jit.freeze removes them)");
        Refusal(TinyScript.Forward, TinyScript.Tensors(channels: 1)).ShouldBe("takes images of 1 channel, and the run's have 3: --channels 1.");
        var broken = TinyScript.Tensors();
        broken[0].Values[0] = float.NaN;
        Refusal(TinyScript.Forward, broken).ShouldStartWith("cannot be used: weight has 27 of 108 values that are not finite");
        var half = TinyScript.Tensors();
        half[1] = ("shift", half[1].Values.to(float16), true);
        Should.Throw<InvalidDataException>(() => Model(Options(TinyScript.Forward, half))).Message.ShouldContain("shift is of type Float16");
    }

    [Fact]
    public void A_module_for_another_size_of_images_or_batches_is_refused_with_libtorchs_reason()
    {
        string reason = Refusal("  def forward(self: __torch__.Tiny, x: Tensor) -> Tensor:\n    return torch.mm(torch.reshape(x, [-1, 12]), torch.ones([11, 2]))\n");
        reason.ShouldStartWith("fails on views (2, 3, 8, 8): mat1 and mat2 shapes cannot be multiplied");
        reason.ShouldEndWith("(A traced module may work only with the sizes and the device that it was traced with.)");
        Refusal("  def forward(self: __torch__.Tiny, x: Tensor) -> Tensor:\n    return torch.reshape(torch.mean(x, [2, 3]), [2, 3])\n").ShouldContain("fails on views (1, 3, 8, 8)");
    }

    [Fact]
    public void A_program_that_libtorch_cannot_compile_is_refused_and_the_process_goes_on()
    {
        string Of(string value) => Refusal($"  def forward(self: __torch__.Tiny, x: Tensor) -> Tensor:\n    return {value}\n");
        Of("torch.no_such_operator(x)").ShouldBe("cannot be compiled: libtorch 2.10 lacks an operator of it, or its code is damaged. libtorch's report is above.");
        Of("self.no_such_tensor").ShouldStartWith("cannot be ");
        Of("torch.relu(x").ShouldStartWith("cannot be ");
    }

    [Fact]
    public void A_module_traced_in_evaluation_mode_encodes_and_is_refused_for_training_by_its_batch_norm()
    {
        using var model = Model(Options(TracedInEvaluation));
        model.FeatureDim.ShouldBe(4);
        string before = ModelState.Sha256(model.Encoder);
        var options = new PretrainOptions { Preprocessing = new() { ImageSize = Size }, BatchSize = 8, Epochs = 1, Encoder = model.EncoderOptions }.For(Size);
        Should.Throw<InvalidDataException>(() => new Pretrainer(model, options, 24)).Message.ShouldBe(
            $"The script {folder.At("tiny.pt")} would train with frozen statistics: in a training step 1 of its 1 batch norms keep their running_mean, " +
            "the first running_mean. It was traced in evaluation mode: use torch.jit.script.");
        ModelState.Sha256(model.Encoder).ShouldBe(before);

        using var scripted = Model(Options(TinyScript.Forward));
        string untouched = ModelState.Sha256(scripted.Encoder);
        using var pretrainer = new Pretrainer(scripted, options with { Encoder = scripted.EncoderOptions }, 24);
        ModelState.Sha256(scripted.Encoder).ShouldBe(untouched);
    }

    [Fact]
    public void A_module_traced_in_training_mode_is_refused_because_it_mixes_the_images_of_a_batch() =>
        Refusal(TracedInTraining).ShouldStartWith("makes h of an image from the other images of its batch too, also in evaluation mode");

    [Fact]
    public void Its_batch_norms_are_refused_on_several_ranks_unless_statistics_per_rank_are_allowed()
    {
        using var model = Model(Options(TinyScript.Forward));
        Tensor[] parameters = [.. model.parameters()];
        ThreadRanks.Run(2, ranks => Should.Throw<ConfigurationException>(() => new GradientSynchronizer([model], parameters, ranks, 0, true)).Message.ShouldBe(
            "encoder.running_mean is of a batch norm that would have the statistics of each rank's images alone: train on one rank, or say batch-norm-ranks=1."));
        ThreadRanks.Run(2, ranks => new GradientSynchronizer([model], parameters, ranks, 1, true).Dispose());
    }

    [Fact]
    public void Other_files_are_refused_by_name_before_anything_runs()
    {
        string path = folder.At("other.pt");
        File.WriteAllText(path, "no archive");
        Message().ShouldStartWith($"{path} is not a TorchScript file: write one in Python");
        PyTorchFile.Write(path, new Dictionary<string, Tensor> { ["a"] = ones(2) });
        Message().ShouldStartWith($"{path} is not a TorchScript file");
        byte[] whole = File.ReadAllBytes(TinyScript.Write(path));
        File.WriteAllBytes(path, whole[..^30]);
        Message().ShouldStartWith($"{path} is damaged");
        File.Delete(path);
        Should.Throw<ConfigurationException>(() => new ScriptOptions { Script = path }.Trusted()).Message.ShouldBe($"The encoder's script {path} does not exist.");
        Should.Throw<ArgumentOutOfRangeException>(() => new ScriptOptions().Trusted()).ParamName.ShouldBe("Script");
        Should.Throw<ArgumentOutOfRangeException>(() => new ScriptOptions { Script = path, Sha256 = "12" }.Trusted()).ParamName.ShouldBe("Sha256");

        string Message() => Should.Throw<InvalidDataException>(() => new ScriptOptions { Script = path }.Trusted()).Message;
    }

    [Fact]
    public void Scripts_are_equal_if_hash_and_channels_are()
    {
        string one = TinyScript.Write(folder.At("one.pt")), two = folder.At("two.pt");
        File.Copy(one, two);
        var options = new ScriptOptions { Script = one };
        (options.Trusted() == new ScriptOptions { Script = two }.Trusted()).ShouldBeTrue();
        options.Trusted().GetHashCode().ShouldBe(new ScriptOptions { Script = two }.Trusted().GetHashCode());
        options.ShouldNotBe(new ScriptOptions { Script = two });
        options.Trusted().ShouldNotBe(options.Trusted() with { Channels = 1 });
        Should.Throw<InvalidDataException>(() => (options with { Sha256 = new string('0', 64) }).Trusted()).Message.ShouldContain($"not at {one} any more (SHA-256 0000");
    }
}
