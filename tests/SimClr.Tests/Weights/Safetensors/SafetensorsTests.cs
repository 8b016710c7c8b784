using System.Text;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Tests.Weights;

public sealed partial class SafetensorsTests
{
    public static TheoryData<ScalarType> Types =>
        [ScalarType.Bool, ScalarType.Byte, ScalarType.Int8, ScalarType.Int16, ScalarType.Int32, ScalarType.Int64,
         ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_type_is_restored_bit_for_bit(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var tensor = OfRandomBits(type, 3, 5, 7);
        var read = Safetensors.Read(new MemoryStream(Written(new() { ["a"] = tensor })), "memory");
        read["a"].dtype.ShouldBe(type);
        read["a"].shape.ShouldBe([3, 5, 7]);
        read["a"].bytes.ToArray().ShouldBe(tensor.bytes.ToArray());
    }

    [Fact]
    public void A_tensor_written_in_several_pieces_is_restored()
    {
        using var scope = NewDisposeScope();
        var large = arange(0, 3_000_000, int64).reshape(3, -1); // 24 MB
        var read = Safetensors.Read(new MemoryStream(Written(new() { ["small"] = ones(1), ["large"] = large })), "memory");
        read["large"].Equals(large).ShouldBeTrue();
        read["small"].item<float>().ShouldBe(1);
    }

    [Fact]
    public void The_same_tensors_give_the_same_bytes_in_any_order()
    {
        using var scope = NewDisposeScope();
        Tensor a = ones(2), b = ones(3, float64), c = zeros(1);
        Dictionary<string, string> metadata = new() { ["z"] = "1", ["a"] = "ä \"quoted\"" }, reversed = new() { ["a"] = "ä \"quoted\"", ["z"] = "1" };
        Written(new() { ["a"] = a, ["b"] = b, ["C"] = c }, metadata).ShouldBe(Written(new() { ["C"] = c, ["b"] = b, ["a"] = a }, reversed));
    }

    [Fact]
    public void The_header_tells_names_types_shapes_offsets_and_metadata()
    {
        using var scope = NewDisposeScope();
        var stream = new MemoryStream();
        stream.Write("before"u8);
        Safetensors.Write(stream, new Dictionary<string, Tensor> { ["w"] = ones(2, 3), ["n"] = tensor(7L) }, new Dictionary<string, string> { ["format"] = "pt" });
        stream.Position = 6;

        var header = Safetensors.ReadHeader(stream, "memory");

        header.Metadata.ShouldBe([new("format", "pt")]);
        header.Tensors.Select(t => (t.Name, t.Type, t.ByteCount)).ShouldBe([("n", ScalarType.Int64, 8), ("w", ScalarType.Float32, 24)]);
        header.Tensors.Select(t => t.Offset).ShouldBe([stream.Position, stream.Position + 8]);
        header.Tensors[1].Shape.ShouldBe([2, 3]);
    }

    // Types of newer versions of the format, and an unknown one, a byte each here.
    [Theory]
    [InlineData("F8_E4M3")]
    [InlineData("U16")]
    [InlineData("C64")]
    [InlineData("F9")]
    public void A_tensor_of_an_unsupported_type_can_be_left_out_and_the_others_are_read(string type)
    {
        using var scope = NewDisposeScope();
        string header = $"{{\"x\":{{\"dtype\":\"{type}\",\"shape\":[3],\"data_offsets\":[4,7]}},\"a\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}},\"b\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[7,11]}}}}";
        var file = Concat(BitConverter.GetBytes((long)header.Length), Encoding.UTF8.GetBytes(header), [.. BitConverter.GetBytes(1.5f), 7, 7, 7, .. BitConverter.GetBytes(-2f)]);
        var left = new Dictionary<string, string>();
        var read = Safetensors.Read(new MemoryStream(file), "x.safetensors", left);
        (read["a"].item<float>(), read["b"].item<float>(), read.Count).ShouldBe((1.5f, -2f, 2));
        left.ShouldBe(new Dictionary<string, string> { ["x"] = $"of type {type}" });
        Safetensors.ReadHeader(new MemoryStream(file), "x").Tensors.Select(t => (t.Name, t.TypeName, t.Type)).ShouldBe([("a", "F32", ScalarType.Float32), ("x", type, null), ("b", "F32", ScalarType.Float32)]);
        Should.Throw<InvalidDataException>(() => Safetensors.Read(new MemoryStream(file), "x.safetensors")).Message.ShouldContain($"tensor 'x' is of type \"{type}\"");
    }

    [Fact]
    public void Reading_leaks_no_tensor()
    {
        using var scope = NewDisposeScope();
        var file = Written(new() { ["a"] = ones(2), ["b"] = ones(3) });
        var flags = Written(new() { ["a"] = ones(2), ["flag"] = ones(1, @bool) });
        flags[^1] = 2;
        using var inner = NewDisposeScope();
        _ = Safetensors.Read(new MemoryStream(file), "memory");
        inner.DisposablesCount.ShouldBe(2);
        Should.Throw<InvalidDataException>(() => Safetensors.Read(new MemoryStream(flags), "memory")).Message.ShouldContain($"offset {flags.Length - 1} is 2");
        inner.DisposablesCount.ShouldBe(2);
    }

    [Fact]
    public void Files_are_written_and_read_by_path()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(Directory.CreateTempSubdirectory("simclr-safetensors-").FullName, "a.safetensors");
        Safetensors.Write(path, new Dictionary<string, Tensor> { ["a"] = ones(1000) });
        Safetensors.Write(path, new Dictionary<string, Tensor> { ["a"] = ones(2) });
        Safetensors.Read(path)["a"].shape.ShouldBe([2]);
        Safetensors.ReadHeader(path).Tensors.Single().Name.ShouldBe("a");
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    internal static Tensor OfRandomBits(ScalarType type, params long[] shape)
    {
        var tensor = empty(shape, type);
        new Random(1).NextBytes(tensor.bytes); // including quiet, signalling and negative NaN
        if (type == ScalarType.Bool)
        {
            foreach (ref var b in tensor.bytes) b &= 1;
        }
        return tensor;
    }

    private static byte[] Written(Dictionary<string, Tensor> tensors, Dictionary<string, string>? metadata = null)
    {
        var stream = new MemoryStream();
        Safetensors.Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    private static byte[] Concat(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c) => [.. a, .. b, .. c];
}
