using SimClr.Weights;
using TorchSharp;

namespace SimClr.Tests.Weights;

/// <summary>Objects that people save beside their tensors, and pickles written to exhaust a reader.</summary>
public sealed class PickledObjectsTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly DisposeScope scope = torch.NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    // The instructions that CPython's pickle writes for such a value (pickletools.dis).
    [Theory]
    [InlineData("cargparse\nNamespace\n)\u0081}X\x02\0\0\0lrG?\u00f0\0\0\0\0\0\0sb", "argparse.Namespace")]
    [InlineData("ccopyreg\n_reconstructor\n(cargparse\nNamespace\nc__builtin__\nobject\nNtR}X\x02\0\0\0lrK\x01sb", "argparse.Namespace")]
    [InlineData("cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\0\0\0f8\u0089\u0088\u0087R(K\x03X\x01\0\0\0<NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\0tbC\x08\0\0\0\0\0\0\x0c@\u0086R", "numpy.core.multiarray.scalar")]
    [InlineData("cpathlib\nPosixPath\n(X\x01\0\0\0/X\x01\0\0\0atR", "pathlib.PosixPath")]
    [InlineData("c__builtin__\nset\n](K\x01K\u0002e\u0085R", "__builtin__.set")]
    [InlineData("\u008f(K\x01K\x02\u0090", "set")]
    [InlineData("(K\x01\u0091", "frozenset")]
    [InlineData("c_codecs\nencode\nX\x01\0\0\0aX\x06\0\0\0latin1\u0086R", "_codecs.encode")]
    [InlineData("C\x02\0\u00ff", "bytes")]
    [InlineData("B\x02\0\0\0\0\u00ff", "bytes")]
    [InlineData("\u008e\x02\0\0\0\0\0\0\0\0\u00ff", "bytes")]
    [InlineData("\u0096\x02\0\0\0\0\0\0\0\0\u00ff", "bytes")]
    [InlineData("U\u0002a\u00ff", "bytes")]
    [InlineData("\u008b\x11\0\0\0aaaaaaaaaaaaaaaaa", "int")]
    // NEWOBJ_EX, then items of a dict and of a list
    [InlineData("cmine\nThing\n)}X\x01\0\0\0aK\x01s\u0092(X\x01\0\0\0kK\x01u(K\u0001e", "mine.Thing")]
    [InlineData("cmine\nmake\n)R)R", "mine.make")]
    [InlineData("cmine\nThing\n)\u00812", "mine.Thing", "0")] // DUP, POP
    public void An_object_beside_the_tensors_is_left_out_and_named(string value, string type, string after = "")
    {
        string path = Pickles.Archive(folder, $"}}{Pickles.Weight}{Pickles.Text("x")}{value}{after}s", ("data/0", [0, 0, 128, 63, 0, 0, 0, 64]));
        var left = new Dictionary<string, string>();
        PyTorchFile.Read(path, left)["w"].data<float>().ToArray().ShouldBe([1, 2]);
        left.ShouldBe(new Dictionary<string, string> { ["x"] = $"of class {type}" });
        PyTorchFile.Read(path).Keys.ShouldBe(["w"]);
    }

    [Fact]
    public void A_defaultdict_is_read_as_a_dict_and_keys_that_are_not_texts_are_dropped()
    {
        string inner = "ccollections\ndefaultdict\nc__builtin__\nlist\n\u0085R" + Pickles.Weight;
        string pairs = "ccollections\nOrderedDict\n]](K\x01K\u0002ea](X\x01\0\0\0vK\u0002ea\u0085R";
        string path = Pickles.Archive(folder, $"}}{Pickles.Text("d")}{inner}s{Pickles.Text("p")}{pairs}sK\x07NsC\u0001aNs", ("data/0", new byte[8]));
        PyTorchFile.Read(path).Keys.ShouldBe(["d.w"]);
    }

    [Theory]
    [InlineData("torch\nComplexFloatStorage\n", "torch.ComplexFloatStorage")]
    [InlineData("mine\nOwnStorage\n", "mine.OwnStorage")]
    public void An_unsupported_tensor_is_an_error_unless_the_caller_collects_such_tensors(string storage, string type)
    {
        string tensor = Pickles.Tensor("J\0\0\0\0(J\x02\0\0\0t(J\x01\0\0\0t", storage).Replace("X\x01\0\0\0w", "X\x01\0\0\0c", StringComparison.Ordinal);
        string path = Pickles.Archive(folder, "}" + tensor + Pickles.Weight, ("data/0", new byte[8]));
        Refusal(path).ShouldContain($"the tensor c is of class {type}, which is not read here");
        var left = new Dictionary<string, string>();
        PyTorchFile.Read(path, left).Keys.ShouldBe(["w"]);
        left["c"].ShouldBe($"of class {type}");
    }

    [Fact]
    public void A_file_without_tensors_is_refused_with_its_first_object_and_a_remedy() =>
        Refusal(Pickles.Archive(folder, $"}}{Pickles.Text("model")}cmine\nNet\n)\u0081}}bs")).ShouldSatisfyAllConditions(
            m => m.ShouldContain("holds no dict of tensors: model is of class mine.Net"), m => m.ShouldContain("torch.save(model.state_dict(), …)"));

    [Theory]
    [Trait("Duration", "Long")]
    [InlineData(2, "True")]
    [InlineData(4, "True")]
    [InlineData(5, "True")]
    [InlineData(2, "False")]
    public void PyTorch_checkpoints_with_other_objects_give_their_weights(int protocol, string zip)
    {
        string path = folder.At("all.pth");
        string expected = Python.Run($$"""
            import torch, argparse, collections, pathlib, random, numpy as np
            torch.manual_seed(0)
            d = collections.defaultdict(list); d['a'].append(1)
            sd = collections.OrderedDict(b=torch.randn(3, 2), a=torch.randn(4))
            torch.save(dict(optimizer=dict(state=dict([(0, dict(e=torch.ones(5), c=torch.zeros(2, dtype=torch.complex64))), (1, dict(e=torch.ones(7)))]), param_groups=[1]),
                state_dict=sd, args=argparse.Namespace(lr=0.1, data=pathlib.PosixPath('/x'), f=len), best=np.float64(0.5), seen=dict([(1, 2)]), s=set([1]), fs=frozenset([2]),
                d=d, b=bytes(300), ba=bytearray(3), count=collections.Counter('aab'), array=np.arange(5), big=1 << 5000, dtype=torch.float32, device=torch.device('cpu'),
                rng=random.getstate(), nprng=np.random.get_state(), size=torch.Size([1, 2]), complex=torch.zeros(2, dtype=torch.complex64)),
                '{{path}}', pickle_protocol={{protocol}}, _use_new_zipfile_serialization={{zip}})
            print(*[x for t in (sd['b'], sd['a']) for x in t.flatten().double().tolist()])
            """);
        var left = new Dictionary<string, string>();
        var state = PyTorchFile.Read(path, left);
        state.Keys.ShouldBe(["state_dict.b", "state_dict.a"]);
        state.Values.SelectMany(t => t.contiguous().data<float>().ToArray()).Select(x => (double)x)
            .ShouldBe(expected.Split(' ').Select(x => double.Parse(x, System.Globalization.CultureInfo.InvariantCulture)));
        left["args"].ShouldBe("of class argparse.Namespace");
        left["complex"].ShouldBe("of class torch.ComplexFloatStorage");
    }

    // Each of these once took time or memory quadratic in the file's size, or more.
    [Fact]
    public void A_very_long_key_is_refused_before_it_is_looked_up()
    {
        string key = Pickles.Text(new string('k', 4_000_000));
        Refusal(Pickles.Archive(folder, $"}}{key}q\00{string.Concat(Enumerable.Repeat("h\0Ns", 250_000))}")).ShouldContain("a key of 4000000 characters");
        Refusal(Pickles.Archive(folder, $"}}({key}}}({string.Concat(Enumerable.Range(0, 80_000).Select(i => $"{Pickles.Text($"{i:d6}")}}}"))}uu")).ShouldContain("a key of 4000000 characters");
        Refusal(Pickles.Archive(folder, $"{key}q\00{string.Concat(Enumerable.Repeat("h\0h\0\u00930", 200_000))}}}")).ShouldContain("a name of more than 1000 bytes");
    }

    [Fact]
    public void Names_that_would_take_much_more_memory_than_the_file_are_refused()
    {
        string tensor = Pickles.Weight["X\x01\0\0\0w".Length..^1];
        string names = string.Concat(Enumerable.Range(0, 99_000).Select(i => $"{Pickles.Text($"{i:d5}")}h\0"));
        Refusal(Pickles.Archive(folder, $"{tensor}q\00}}({Pickles.Text(new string('p', 990))}}}({names}uu", ("data/0", new byte[8]))).ShouldContain("names of its tensors are too long");
        names = string.Concat(Enumerable.Range(0, 100_001).Select(i => $"{Pickles.Text($"{i:d6}")}h\0"));
        Refusal(Pickles.Archive(folder, $"{tensor}q\00}}({names}u", ("data/0", new byte[8]))).ShouldContain("more than 100000 tensors");
    }

    [Theory]
    [InlineData("N", "\u0085", "", "no dict of tensors")]            // tuples within tuples
    [InlineData("", "]", "a", "no dict of tensors")]                 // lists within lists
    [InlineData("", "(", "1", "no dict of tensors")]                 // marks
    [InlineData("cfoo\nbar\n", ")R", "", "foo.bar")] // calls of the results of calls
    public void A_pickle_of_any_depth_is_read_without_recursion(string first, string each, string then, string said)
    {
        int depth = each.Length == 2 ? 450_000 : 900_000;
        string inner = then == "a" ? string.Concat(Enumerable.Repeat(then, depth - 1)) : string.Concat(Enumerable.Repeat(then, then.Length * depth));
        string end = then == "1" ? "}" : "";
        Refusal(Pickles.Archive(folder, $"{first}{string.Concat(Enumerable.Repeat(each, depth))}{inner}{end}")).ShouldContain(said);
    }

    private static string Refusal(string path)
    {
        using var inner = torch.NewDisposeScope();
        return Should.Throw<InvalidDataException>(() => PyTorchFile.Read(path)).Message;
    }
}
