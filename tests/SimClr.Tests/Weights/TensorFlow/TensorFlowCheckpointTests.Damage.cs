using System.Text;
using CsCheck;
using SimClr.Weights;

namespace SimClr.Tests.Weights;

public sealed partial class TensorFlowCheckpointTests
{
    [Fact]
    public void Damaged_and_truncated_data_are_refused()
    {
        var bundle = new TensorBundle();
        bundle.Add("a", [2], [1, 2]);
        bundle.AddText("t", [1, 2, 3]);
        string prefix = bundle.Write(folder.At("m")), data = prefix + ".data-00000-of-00001";
        byte[] bytes = File.ReadAllBytes(data);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] damaged = [.. bytes];
            damaged[i] ^= 0x10;
            File.WriteAllBytes(data, damaged);
            var checkpoint = TensorFlowCheckpoint.Open(prefix);
            Should.Throw<InvalidDataException>(() => i < 8 ? checkpoint.Read("a").bytes.ToArray() : checkpoint.ReadText("t")).Message.ShouldStartWith(data);
        }
        File.WriteAllBytes(data, bytes[..^1]);
        Should.Throw<InvalidDataException>(() => TensorFlowCheckpoint.Open(prefix)).Message.ShouldContain("cut short");
    }

    public static TheoryData<string, byte[], string> Entries => new()
    {
        { "a", TensorBundle.Entry(1, [2], 0, 0, 12, 0), "does not take the 12 bytes" },
        { "a", TensorBundle.Entry(1, [-2], 0, 0, 8, 0), "does not take" },
        { "a", TensorBundle.Entry(1, [1L << 40, 1L << 40], 0, 0, 0, 0), "does not take" },
        { "a", TensorBundle.Entry(1, [1L << 40], 0, 0, 4L << 40, 0), "cut short" },
        { "a", TensorBundle.Entry(1, [2], 0, long.MaxValue - 3, 8, 0), "cut short" },
        { "a", TensorBundle.Entry(1, [2], 1, 0, 8, 0), "data file 1 of 1" },
        { "a", TensorBundle.Entry(1, [2], -1, 0, 8, 0), "absurd" },
        { "a", TensorBundle.Entry(1, [2], 0, -8, 8, 0), "absurd" },
        { "a", TensorBundle.Entry(7, [], 0, 0, -1, 0), "absurd" },
        { "a", TensorBundle.Entry(0, [2], 0, 0, 8, 0), "type 0" },
        { "a", TensorBundle.Entry(1, [2], 0, 0, 8, 0, sliced: true), "stored in slices" },
        { "a", [8], "not what a tensor bundle holds" },
        { "a", [18, 200, 1], "not what a tensor bundle holds" },
        { "", TensorBundle.Message(m => TensorBundle.Number(m, 1, 0)), "announces 0 data files" },
        { "", TensorBundle.Message(m => { TensorBundle.Number(m, 1, 1); TensorBundle.Number(m, 2, 1); }), "big-endian" },
        { new string('k', 5000), TensorBundle.Entry(1, [2], 0, 0, 8, 0), "the keys are too long" },
    };

    [Theory]
    [MemberData(nameof(Entries))]
    public void An_impossible_entry_is_refused_by_name(string key, byte[] entry, string expected)
    {
        var bundle = new TensorBundle();
        bundle.Add("b", [2], [1, 2]);
        bundle.Index[key] = entry;
        string prefix = bundle.Write(folder.At("m"));
        Should.Throw<InvalidDataException>(() => TensorFlowCheckpoint.Open(prefix)).Message
            .ShouldSatisfyAllConditions(m => m.ShouldStartWith(prefix), m => m.ShouldContain(expected, Case.Sensitive));
    }

    [Fact]
    public void Duplicate_or_unordered_keys_and_tables_without_header_are_refused()
    {
        (byte[], byte[]) Header() => ([], TensorBundle.Message(m => TensorBundle.Number(m, 1, 1)));
        (byte[], byte[]) Entry(string name) => (Encoding.UTF8.GetBytes(name), TensorBundle.Entry(1, [0], 0, 0, 0, 0));
        string Refusal(byte[] index)
        {
            File.WriteAllBytes(folder.At("m.index"), index);
            return Should.Throw<InvalidDataException>(() => TensorFlowCheckpoint.Open(folder.At("m"))).Message;
        }
        Refusal(TensorBundle.Table([Header(), Entry("a"), Entry("a")])).ShouldContain("the key 'a' is there twice");
        Refusal(TensorBundle.Table([Header(), Entry("a"), Entry("a")], blockBytes: 1)).ShouldContain("the key 'a' is there twice");
        Refusal(TensorBundle.Table([Header(), Entry("b"), Entry("a")])).ShouldContain("the key 'a' is not in order");
        Refusal(TensorBundle.Table([Header(), Entry("a")], compression: 4)).ShouldContain("compressed by the method 4");
        Refusal(TensorBundle.Table([Entry("a")])).ShouldContain("no header");
        Refusal(TensorBundle.Table([])).ShouldContain("no header");
        Refusal([]).ShouldContain("has 0 bytes");
        Refusal(new byte[100]).ShouldContain("at offset 92");
    }

    [Fact]
    public void Any_changed_or_missing_byte_of_the_index_is_detected()
    {
        var bundle = new TensorBundle();
        for (int i = 0; i < 12; i++) bundle.Add($"v/{i}", [1], [i]);
        string prefix = bundle.Write(folder.At("m"), blockBytes: 100);
        byte[] index = File.ReadAllBytes(prefix + ".index");
        // No checksum covers the footer, in which the padding of the last varint is free, and the empty metadata block.
        Gen.Select(Gen.Int[0, index.Length - 9], Gen.Byte[1, 255]).Sample((at, flip) =>
        {
            byte[] damaged = [.. index];
            damaged[at] ^= flip;
            File.WriteAllBytes(prefix + ".index", damaged);
            try
            {
                return TensorFlowCheckpoint.Open(prefix).Variables.Count == 12;
            }
            catch (InvalidDataException e)
            {
                return e.Message.StartsWith(prefix, StringComparison.Ordinal);
            }
        }, iter: 600, threads: 1);
        for (int length = 0; length < index.Length; length++)
        {
            File.WriteAllBytes(prefix + ".index", index[..length]);
            Should.Throw<InvalidDataException>(() => TensorFlowCheckpoint.Open(prefix));
        }
    }

    [Fact]
    public void Any_data_with_right_checksums_is_read_or_refused_cleanly()
    {
        byte[] header = TensorBundle.Message(m => TensorBundle.Number(m, 1, 1)), entry = TensorBundle.Entry(1, [0], 0, 0, 0, 0);
        byte[] good = [0, 0, (byte)header.Length, .. header, 0, 1, (byte)entry.Length, (byte)'a', .. entry, 0, 0, 0, 0, 1, 0, 0, 0];
        byte[] packed = [(byte)good.Length, (byte)(good.Length - 1 << 2), .. good];
        File.WriteAllBytes(folder.At("m.data-00000-of-00001"), []);
        foreach (var (block, compression) in ((byte[], byte)[])[(good, 0), (packed, 1)])
        {
            File.WriteAllBytes(folder.At("m.index"), TableOf(block, compression));
            TensorFlowCheckpoint.Open(folder.At("m")).Variables.Keys.ShouldBe(["a"]);
            Gen.Select(Gen.Int[0, block.Length - 1], Gen.Byte).Array[1, 3].Sample(edits =>
            {
                byte[] damaged = [.. block];
                foreach (var (at, value) in edits) damaged[at] = value;
                File.WriteAllBytes(folder.At("m.index"), TableOf(damaged, compression));
                return ReadsOrRefuses<FileNotFoundException>(() => TensorFlowCheckpoint.Open(folder.At("m")));
            }, iter: 600, threads: 1);
        }
        Gen.Byte.Array[0, 60].Sample(bytes => ReadsOrRefuses<InvalidDataException>(() => new TensorFlowObjectGraph(bytes, "x")), iter: 20_000);
        Gen.Byte.Array[0, 30].Sample(bytes => ReadsOrRefuses<InvalidDataException>(() => new TensorFlowObjectGraph([10, (byte)(bytes.Length + 2), 10, (byte)bytes.Length, .. bytes], "x")), iter: 20_000);
    }

    private static bool ReadsOrRefuses<TAlso>(Func<object> read) where TAlso : Exception
    {
        try
        {
            _ = read();
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or TAlso)
        {
            return true;
        }
    }
}
