using System.Buffers.Binary;
using System.Text.Json.Nodes;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Tests.Weights;

public sealed partial class SafetensorsTests
{
    // The file in the reference implementation's test of its writer (safetensors/src/tensor.rs), and in its documentation.
    [Fact]
    public void Bytes_equal_those_of_the_reference_implementation()
    {
        using var scope = NewDisposeScope();
        var floats = Written(new() { ["attn.0"] = arange(0f, 6f).reshape(1, 2, 3) });
        var expected = Concat([64, 0, 0, 0, 0, 0, 0, 0], "{\"attn.0\":{\"dtype\":\"F32\",\"shape\":[1,2,3],\"data_offsets\":[0,24]}}"u8,
            [0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64, 0, 0, 160, 64]);
        floats.ShouldBe(expected);

        var documented = Concat("<\0\0\0\0\0\0\0{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}"u8, new byte[16], []);
        var read = Safetensors.Read(new MemoryStream(documented), "documented");
        read["test"].dtype.ShouldBe(ScalarType.Int32);
        read["test"].shape.ShouldBe([2, 2]);
    }

    [Fact]
    public void An_independent_reader_finds_every_element_in_row_major_order()
    {
        using var scope = NewDisposeScope();
        var plain = arange(0f, 2 * 3 * 4 * 5).reshape(2, 3, 4, 5);
        var channelsLast = plain.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        channelsLast.is_contiguous().ShouldBeFalse();
        var every3rd = arange(0, 30, int64)[TensorIndex.Slice(1, null, 3)];
        var parameter = nn.Parameter(ones(2, 2));
        var file = Written(new()
        {
            ["conv.weight"] = channelsLast,
            ["strided"] = every3rd,
            ["parameter"] = parameter,
            ["scalar"] = tensor(-1.5, float64),
            ["empty"] = zeros(3, 0, 2),
            ["flags"] = tensor(new[] { true, false, true }),
        });

        long headerLength = BinaryPrimitives.ReadInt64LittleEndian(file);
        (headerLength % 8).ShouldBe(0);
        var header = JsonNode.Parse(file.AsSpan(8, (int)headerLength))!.AsObject();
        Bytes("conv.weight").Chunk(4).Select(b => BitConverter.ToSingle(b)).ShouldBe(Enumerable.Range(0, 120).Select(i => (float)i));
        Bytes("strided").Chunk(8).Select(b => BitConverter.ToInt64(b)).ShouldBe(Enumerable.Range(0, 10).Select(i => 3L * i + 1));
        Bytes("parameter").Chunk(4).Select(b => BitConverter.ToSingle(b)).ShouldBe([1, 1, 1, 1]);
        BitConverter.ToDouble(Bytes("scalar")).ShouldBe(-1.5);
        Bytes("empty").ShouldBeEmpty();
        Bytes("flags").ShouldBe([1, 0, 1]);
        header["scalar"]!["shape"]!.AsArray().Count.ShouldBe(0);
        // wide types first, then by name
        header.Select(h => h.Key).ShouldBe(["strided", "scalar", "conv.weight", "empty", "parameter", "flags"]);

        byte[] Bytes(string name)
        {
            var offsets = header[name]!["data_offsets"]!.AsArray().Select(o => (int)o!).ToArray();
            return file[(8 + (int)headerLength + offsets[0])..(8 + (int)headerLength + offsets[1])];
        }
    }
}
