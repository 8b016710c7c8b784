using System.Text.Json;
using SimClr.Weights;
using TorchSharp;

namespace SimClr.Tests.Weights;

/// <summary>Tests with files that PyTorch 1.13 wrote (Goldens/*.pth) and, where it is installed, with PyTorch itself.</summary>
public sealed partial class PyTorchFileTests
{
    private static readonly string Goldens = Path.Combine(AppContext.BaseDirectory, "Weights", "Goldens");

    [Theory]
    [InlineData("state.pth")]
    [InlineData("state-legacy.pth")]
    public void Every_tensor_equals_PyTorchs_for_all_types_and_strides(string file)
    {
        using var scope = torch.NewDisposeScope();
        var expected = Golden.Cases("Weights/Goldens/pytorch.json")[0].GetProperty("tensors");
        var state = PyTorchFile.Read(Path.Combine(Goldens, file));
        state.Keys.ShouldBe(expected.EnumerateObject().Select(p => p.Name), ignoreOrder: true);
        foreach (var tensor in expected.EnumerateObject())
            Values(state[tensor.Name]).ShouldBe(Golden.Flatten(tensor.Value), tensor.Name);

        state["transposed"].shape.ShouldBe([6, 4]);
        state["transposed"].dtype.ShouldBe(torch.float32);
        state["half"].dtype.ShouldBe(torch.float16);
        state["bfloat"].dtype.ShouldBe(torch.bfloat16);
        state["long"].shape.ShouldBeEmpty();
        state["bool"].dtype.ShouldBe(torch.@bool);
        state["empty"].shape.ShouldBe([0, 3]);
    }

    [Fact]
    public void Tensors_that_share_a_storage_in_the_file_share_it_in_memory()
    {
        using var scope = torch.NewDisposeScope();
        var state = PyTorchFile.Read(Path.Combine(Goldens, "state.pth"));
        state["plain"].fill_(7);
        Values(state["rows"]).ShouldAllBe(x => x == 7);
        Values(state["transposed"]).ShouldAllBe(x => x == 7);
        Values(state["scalar"]).ShouldBe([2.5]);
    }

    [Fact]
    public void A_Lightning_checkpoint_gives_the_tensors_of_its_dicts_under_their_paths()
    {
        using var scope = torch.NewDisposeScope();
        var expected = Golden.Cases("Weights/Goldens/pytorch.json")[0].GetProperty("model");
        var state = PyTorchFile.Read(Path.Combine(Goldens, "lightning.pth"));
        state.Keys.ShouldBe(expected.EnumerateObject().Select(p => "state_dict.model.backbone." + p.Name), ignoreOrder: true);
        Values(state["state_dict.model.backbone.bn.num_batches_tracked"]).ShouldBe([1.0]);
    }

    [Fact]
    public void Functions_named_in_a_file_are_reported_and_never_called()
    {
        using var scope = torch.NewDisposeScope();
        string made = Path.Combine(Path.GetTempPath(), "simclr-was-here");
        var left = new Dictionary<string, string>();
        PyTorchFile.Read(Path.Combine(Goldens, "evil.pth"), left).Keys.ShouldBe(["weight"]);
        left.ShouldBe(new Dictionary<string, string> { ["x"] = "of class posix.system" });
        File.Exists(made).ShouldBeFalse();
    }

    [Fact]
    public void A_pickled_module_is_refused_with_its_class_and_a_remedy()
    {
        Refusal(Path.Combine(Goldens, "module.pth")).ShouldSatisfyAllConditions(
            m => m.ShouldContain("torch.nn.modules.container.Sequential"), m => m.ShouldContain("torch.save(model.state_dict(), …)"));
    }

    [Fact]
    public void Written_tensors_and_texts_are_read_back_bit_for_bit()
    {
        using var folder = new TempFolder();
        using var scope = torch.NewDisposeScope();
        var state = PyTorchFile.Read(Path.Combine(Goldens, "state.pth"));
        string path = folder.At("copy.pth");
        PyTorchFile.Write(path, state, new Dictionary<string, string> { ["recipe"] = "epochs: 3 # µ" });
        var again = PyTorchFile.Read(path);
        again.Keys.ShouldBe(state.Keys);
        foreach (var (name, tensor) in state)
        {
            again[name].dtype.ShouldBe(tensor.dtype);
            again[name].is_contiguous().ShouldBeTrue();
            Values(again[name]).ShouldBe(Values(tensor), name);
        }
        PyTorchFile.ReadMetadata(path).ShouldBe(new Dictionary<string, string> { ["recipe"] = "epochs: 3 # µ" });
        PyTorchFile.ReadMetadata(Path.Combine(Goldens, "state-legacy.pth")).ShouldBeEmpty();
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void PyTorch_itself_loads_our_files()
    {
        using var folder = new TempFolder();
        using var scope = torch.NewDisposeScope();
        string path = folder.At("copy.pth");
        PyTorchFile.Write(path, PyTorchFile.Read(Path.Combine(Goldens, "state.pth")));
        string output = Python.Run(
            $"import torch, json; d = torch.load('{path}'); print(type(d).__name__, json.dumps({{k: (str(v.dtype), v.is_contiguous(), v.double().tolist()) for k, v in d.items()}}))");
        output.ShouldStartWith("OrderedDict ");
        var loaded = JsonDocument.Parse(output["OrderedDict ".Length..]).RootElement;
        foreach (var tensor in Golden.Cases("Weights/Goldens/pytorch.json")[0].GetProperty("tensors").EnumerateObject())
            Golden.Flatten(loaded.GetProperty(tensor.Name)[2]).ShouldBe(Golden.Flatten(tensor.Value), tensor.Name);
    }

    [Fact]
    public void A_big_endian_file_and_a_TorchScript_program_are_refused_by_name()
    {
        using var folder = new TempFolder();
        Refusal(Pickles.Archive(folder, "}", ("byteorder", "big"u8.ToArray()))).ShouldContain("byte order 'big'");
        Refusal(Pickles.Archive(folder, "}", ("constants.pkl", [0x80, 2]))).ShouldContain("TorchScript");
        string text = folder.At("text.pth");
        File.WriteAllText(text, "hello");
        Refusal(text).ShouldContain("neither a zip archive nor a pickle");
    }

    private static string Refusal(string path)
    {
        using var scope = torch.NewDisposeScope();
        return Should.Throw<InvalidDataException>(() => PyTorchFile.Read(path)).Message;
    }

    private static double[] Values(torch.Tensor tensor) => tensor.to(torch.float64).contiguous().view(-1).data<double>().ToArray();
}
