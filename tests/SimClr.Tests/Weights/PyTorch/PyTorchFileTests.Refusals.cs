using System.IO.Compression;
using System.Text;
using SimClr.Weights;
using TorchSharp;

namespace SimClr.Tests.Weights;

public sealed partial class PyTorchFileTests
{
    [Theory]
    [InlineData("state.pth")]
    [InlineData("state-legacy.pth")]
    [InlineData("lightning.pth")]
    public void A_file_truncated_anywhere_is_refused_in_one_sentence_with_its_name(string file)
    {
        using var folder = new TempFolder();
        var whole = File.ReadAllBytes(Path.Combine(Goldens, file));
        for (int length = 0; length < whole.Length; length += 61)
        {
            string path = folder.At("cut.pth");
            File.WriteAllBytes(path, whole[..length]);
            Refusal(path).ShouldStartWith(path);
        }
    }

    [Fact]
    public void A_file_with_any_changed_byte_is_read_or_refused_cleanly()
    {
        using var folder = new TempFolder();
        var whole = File.ReadAllBytes(Path.Combine(Goldens, "state-legacy.pth"));
        for (int at = 0; at < whole.Length; at += 7)
        {
            var bytes = whole.ToArray();
            bytes[at] ^= 0x55;
            string path = folder.At("changed.pth");
            File.WriteAllBytes(path, bytes);
            using var scope = torch.NewDisposeScope();
            try
            {
                PyTorchFile.Read(path).ShouldNotBeEmpty();
            }
            catch (InvalidDataException e)
            {
                e.Message.ShouldContain(path);
            }
        }
    }

    // Pickles by hand: the instructions between PROTO 2 and STOP.
    [Theory]
    [InlineData("cos\nsystem\n(X\x04\0\0\0truetR", "os.system")]
    [InlineData("cbuiltins\neval\n", "builtins.eval")]
    [InlineData("(ios\nsystem\n", "INST")]
    [InlineData("ccollections\nOrderedDict\n)\u0081", "no dict of tensors")]
    [InlineData("K\u0001)R", "neither a function nor a class")]
    [InlineData("X\u00ff\u00ff\u00ff\u007fabc", "longer than the 67108864 bytes")]
    [InlineData("X\u00e8\u0003\0\0abc", "asks for 1000 bytes")]
    [InlineData("B\u00ff\u00ff\u00ff\u007f", "longer than the 67108864 bytes")]
    [InlineData("h\u0005", "recalls value 5")]
    [InlineData("t", "mark")]
    [InlineData("0", "not there")]
    [InlineData("]Nb", "no dict where one belongs")]
    [InlineData("K\u0001ccollections\nOrderedDict\n)R", "ends with 2 values")]
    [InlineData("}", "no dict of tensors")]
    [InlineData("", "ends with 0 values")]
    public void An_instruction_that_no_state_dict_needs_or_that_cannot_be_is_refused(string program, string said)
    {
        using var folder = new TempFolder();
        Refusal(Pickles.Archive(folder, program)).ShouldContain(said);
    }

    [Fact]
    public void A_dict_that_contains_itself_is_refused_without_crashing()
    {
        using var folder = new TempFolder();
        Refusal(Pickles.Archive(folder, "}q\0X\x01\0\0\0ah\0s")).ShouldContain("nested more than 16 deep");
    }

    [Fact]
    public void Shared_dicts_that_would_expand_into_billions_are_refused()
    {
        using var folder = new TempFolder();
        var program = new StringBuilder("}q\0X\x01\0\0\0aNs");
        for (int level = 1; level <= 15; level++)
        {
            program.Append($"0}}q{(char)level}");
            for (char key = 'a'; key <= 'j'; key++) program.Append($"X\x01\0\0\0{key}h{(char)(level - 1)}s");
        }
        Refusal(Pickles.Archive(folder, program.ToString())).ShouldContain("more than a million entries");
    }

    [Theory]
    [InlineData("J\0\0\0\0(J\x03\0\0\0t(J\x01\0\0\0t", "beyond its storage")]                        // 3 of 2 elements
    [InlineData("J\x02\0\0\0(J\x01\0\0\0t(J\x01\0\0\0t", "beyond its storage")] // starts behind the end
    [InlineData("J\0\0\0\0(J\0\0\0\u0040t(J\0\0\0\0t", "beyond its storage")]                       // expanded: 2³⁰ elements of one
    [InlineData("J\0\0\0\0(J\u00ff\u00ff\u00ff\u00fft(J\x01\0\0\0t", "sizes and strides")]          // −1 elements
    [InlineData("J\0\0\0\0(J\x01\0\0\0J\x01\0\0\0t(J\x01\0\0\0t", "sizes and strides")] // one stride too few
    public void A_tensor_outside_its_storage_is_refused(string window, string said)
    {
        using var folder = new TempFolder();
        Refusal(Pickles.Archive(folder, "}" + Pickles.Tensor(window), ("data/0", new byte[8]))).ShouldContain(said);
    }

    [Fact]
    public void A_storage_that_is_missing_or_has_another_length_is_reported()
    {
        using var folder = new TempFolder();
        string program = "}" + Pickles.Weight;
        Values(PyTorchFile.Read(Pickles.Archive(folder, program, ("data/0", new byte[8])))["w"]).ShouldBe([0.0, 0.0]);
        Refusal(Pickles.Archive(folder, program, ("data/0", new byte[7]))).ShouldContain("announces 8 bytes");
        Refusal(Pickles.Archive(folder, program, ("data/1", new byte[8]))).ShouldContain("data/0");
        Refusal(Pickles.Archive(folder, program, ("data/0", new byte[12]))).ShouldContain("has 12 bytes");
    }

    [Fact]
    public void Two_records_with_the_same_name_are_refused()
    {
        using var folder = new TempFolder();
        string twice = folder.At("twice.pth");
        Pickles.Zip(twice, "x/", CompressionLevel.NoCompression, [("data.pkl", []), ("data.pkl", [])]);
        Refusal(twice).ShouldContain("two records of the name data.pkl");
    }

    [Fact]
    public void Names_of_records_are_never_used_as_paths()
    {
        using var folder = new TempFolder();
        string inside = folder.At("inside");
        Directory.CreateDirectory(inside);
        string file = Pickles.Archive(folder, "}" + Pickles.Weight, ("data/0", new byte[8]), ("../../escaped", [1]), ("/escaped", [1]), ("..", [1]));
        string moved = Path.Combine(inside, "x.pth");
        File.Move(file, moved);
        PyTorchFile.Read(moved)["w"].Dispose();
        Directory.GetFileSystemEntries(folder.Root, "*", SearchOption.AllDirectories).ShouldBe([inside, moved], ignoreOrder: true);
    }
}
