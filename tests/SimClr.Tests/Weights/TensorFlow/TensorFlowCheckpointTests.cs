using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using SimClr.IO;
using SimClr.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.Weights;

public sealed partial class TensorFlowCheckpointTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    // The check value in every description of CRC-32C, and RFC 3720's value for 32 zeros.
    [Fact]
    public void The_checksum_is_CRC_32C()
    {
        Crc32C.Extend(0, "123456789"u8).ShouldBe(0xe3069283u);
        Crc32C.Extend(0, new byte[32]).ShouldBe(0x8a9136aau);
        Gen.Byte.Array[0, 40].Sample(bytes => Crc32C.Extend(Crc32C.Extend(0, bytes.AsSpan(0, bytes.Length / 3)), bytes.AsSpan(bytes.Length / 3)) == TensorBundle.Crc(bytes)
            && Crc32C.Mask(TensorBundle.Crc(bytes)) == TensorBundle.Mask(TensorBundle.Crc(bytes)), iter: 500);
    }

    [Theory]
    [InlineData(1, 64, 0)]
    [InlineData(1, 100_000, 0)]
    [InlineData(3, 300, 0)]
    [InlineData(1, 300, 1)]
    public void Every_tensor_is_read_from_any_block_and_data_file(int shards, int blockBytes, byte compression)
    {
        var bundle = new TensorBundle(shards);
        for (int i = 0; i < 70; i++) bundle.Add($"base_model/conv2d_{i}/kernel", [i % 4, 2], [.. Enumerable.Range(0, i % 4 * 2).Select(j => i + j / 8f)]);
        bundle.Add("global_step", TensorBundle.Int64, [], BitConverter.GetBytes(123456789012L));
        bundle.Add("half", TensorBundle.Half, [2], [.. BitConverter.GetBytes((Half)1.5), .. BitConverter.GetBytes((Half)(-2))]);
        bundle.Add("brain", TensorBundle.BFloat16, [1], [0x80, 0x3f]);
        bundle.AddText("text", Encoding.UTF8.GetBytes(new string('ä', 500)));

        var checkpoint = TensorFlowCheckpoint.Open(bundle.Write(folder.At("model.ckpt-7"), blockBytes, compression));

        checkpoint.Variables.Keys.Order(StringComparer.Ordinal).ShouldBe(bundle.Index.Keys.Skip(1));
        foreach (var (name, (shape, values)) in bundle.Floats)
        {
            checkpoint.Variables[name].Shape.ShouldBe(shape);
            checkpoint.Read(name).shape.ShouldBe(shape);
            MemoryMarshal.Cast<byte, float>(checkpoint.Read(name).bytes).ToArray().ShouldBe(values);
        }
        checkpoint.Read("global_step").item<long>().ShouldBe(123456789012);
        checkpoint.Read("half").to(float32).data<float>().ToArray().ShouldBe([1.5f, -2]);
        checkpoint.Read("brain").to(float32).item<float>().ShouldBe(1);
        Encoding.UTF8.GetString(checkpoint.ReadText("text")).ShouldBe(new string('ä', 500));
        checkpoint.Variables["text"].Type.ShouldBeNull();
        Should.Throw<InvalidDataException>(() => checkpoint.Read("text")).Message.ShouldContain("'text' is of a type that is not read here");
    }

    // TensorFlow 2 compresses the index.
    [Fact]
    public void Files_that_tensorflow_wrote_are_read()
    {
        var golden = JsonNode.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Weights", "Goldens", "tensorflow_checkpoints.json")))!;
        TensorFlowCheckpoint Open(string name)
        {
            File.WriteAllBytes(folder.At(name + ".index"), Convert.FromBase64String((string)golden[name]!["index"]!));
            File.WriteAllBytes(folder.At(name + ".data-00000-of-00001"), Convert.FromBase64String((string)golden[name]!["data"]!));
            return TensorFlowCheckpoint.Open(folder.At(name));
        }
        var first = Open("tf1"); // half plus three: a x + b
        first.Variables.Keys.Order().ShouldBe(["a", "b", "c"]);
        first.Variables.Keys.Order().Select(k => first.Read(k).item<float>()).ShouldBe([0.5f, 3, 3]);

        var second = Open("tf2"); // half plus two
        var graph = new TensorFlowObjectGraph(second.ReadText(TensorFlowObjectGraph.Key), "tf2");
        var fields = graph.Variables(graph.WithField("a")!.Value).ToDictionary(v => v.Field, v => v.Key);
        fields.Keys.Order().ShouldBe(["a", "b", "c"]);
        fields.OrderBy(f => f.Key).Select(f => second.Read(f.Value).item<float>()).ShouldBe([0.5f, 2, 3]);
    }

    [Fact]
    public void Impossible_Snappy_data_is_refused_before_memory_is_allocated()
    {
        foreach (var (contents, expected) in ((byte[], string)[])
                 [([0xff, 0xff, 0xff, 0xff, 0x07, 0, 0], "the length that Snappy can have"), ([8, 0x1c, 1, 2], "not what Snappy writes"), ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "Snappy"), ([5, 0xff, 9, 9, 9, 9], "Snappy")])
        {
            File.WriteAllBytes(folder.At("m.index"), TableOf(contents, compression: 1));
            Should.Throw<InvalidDataException>(() => TensorFlowCheckpoint.Open(folder.At("m"))).Message.ShouldContain(expected);
        }
    }

    [Fact]
    public void A_checkpoint_is_found_by_prefix_by_index_and_in_its_folder()
    {
        var bundle = new TensorBundle();
        bundle.Add("a", [1], [2]);
        string saved = folder.At("saved", "variables", "variables");
        Directory.CreateDirectory(Path.GetDirectoryName(saved)!);
        string prefix = bundle.Write(folder.At("model.ckpt"));
        bundle.Write(saved);

        foreach (string path in (string[])[prefix, prefix + ".index", folder.Root]) TensorFlowCheckpoint.Open(path).Prefix.ShouldBe(prefix);
        TensorFlowCheckpoint.Open(folder.At("saved")).Prefix.ShouldBe(saved);

        Should.Throw<FileNotFoundException>(() => TensorFlowCheckpoint.Open(folder.At("other"))).Message.ShouldContain("other.index does not exist");
        bundle.Write(folder.At("second"));
        Should.Throw<FileNotFoundException>(() => TensorFlowCheckpoint.Open(folder.Root)).Message.ShouldContain("no single TensorFlow checkpoint");
        File.Delete(prefix + ".data-00000-of-00001");
        Should.Throw<FileNotFoundException>(() => TensorFlowCheckpoint.Open(prefix)).Message.ShouldContain("data-00000-of-00001 is missing");
    }

    // A table with this single data block, under a correct checksum.
    private static byte[] TableOf(byte[] contents, byte compression)
    {
        byte[] block = [.. contents, compression], handle = TensorBundle.Varints(0, (ulong)contents.Length);
        byte[] index = [0, 1, (byte)handle.Length, (byte)'z', .. handle, .. new byte[4], 1, 0, 0, 0, 0];
        byte[] footer = [0, 0, .. TensorBundle.Varints((ulong)block.Length + 4, (ulong)index.Length - 1)];
        return [.. block, .. BitConverter.GetBytes(TensorBundle.Mask(TensorBundle.Crc(block))), .. index, .. BitConverter.GetBytes(TensorBundle.Mask(TensorBundle.Crc(index))),
            .. footer, .. new byte[40 - footer.Length], .. BitConverter.GetBytes(0xdb4775248b80fb57)];
    }
}
