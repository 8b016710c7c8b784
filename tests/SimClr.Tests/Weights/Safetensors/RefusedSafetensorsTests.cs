using System.Text;
using CsCheck;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Tests.Weights;

public sealed class RefusedSafetensorsTests
{
    [Fact]
    public void Long_names_and_shapes_are_quoted_only_in_part()
    {
        string name = new('n', 1_000_000);
        string Refusal(string header) => Should.Throw<InvalidDataException>(() => Safetensors.Read(
            new MemoryStream(Concat(BitConverter.GetBytes((long)header.Length), Encoding.UTF8.GetBytes(header), [0, 0, 0, 0])), "x")).Message;
        Refusal(Entry("F32", "[2]", "[0,4]").Replace("\"a\"", $"\"{name}\"", StringComparison.Ordinal)).ShouldSatisfyAllConditions(
            m => m.Length.ShouldBeLessThan(400), m => m.ShouldContain("nnn… (1000000 characters)' of type F32 and shape [2] does not fill"));
        Refusal(Entry("F32", $"[{string.Join(",", Enumerable.Repeat("1", 65))}]", "[0,4]")).ShouldContain("no list of sizes (at most 64)");
        Refusal(Entry("F32", $"[{new string('9', 1_000_000)}]", "[0,4]")).Length.ShouldBeLessThan(400);
    }

    [Fact]
    public void A_header_with_too_many_names_is_refused()
    {
        string tensors = string.Join(",", Enumerable.Range(0, 100_001).Select(i => $"\"{i}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"));
        string texts = string.Join(",", Enumerable.Range(0, 100_001).Select(i => $"\"{i}\":\"\""));
        foreach (var (header, said) in new[] { ($"{{{tensors}}}", "100001 tensors"), ($"{{\"__metadata__\":{{{texts}}}}}", "100001 texts") })
        {
            Should.Throw<InvalidDataException>(() => Safetensors.ReadHeader(new MemoryStream(Concat(BitConverter.GetBytes((long)header.Length), Encoding.UTF8.GetBytes(header), [])), "x"))
                .Message.ShouldContain(said);
        }
    }

    [Fact]
    public void Tensors_that_the_format_cannot_hold_are_refused_before_writing()
    {
        using var scope = NewDisposeScope();
        var stream = new MemoryStream();
        Should.Throw<ArgumentException>(() => Safetensors.Write(stream, new Dictionary<string, Tensor> { ["a"] = ones(1), ["z"] = zeros(2, complex64) }))
            .Message.ShouldContain("'z' is of type ComplexFloat32");
        Should.Throw<ArgumentException>(() => Safetensors.Write(stream, new Dictionary<string, Tensor> { ["__metadata__"] = ones(1) }));
        stream.Length.ShouldBe(0);
    }

    public static TheoryData<string, int, string> Violations => new()
    {
        { "[]", 0, "no JSON object" },
        { "{\"a\":", 0, "not what the safetensors format asks for" },
        { "{}  x", 0, "not what the safetensors format asks for" },
        { Entry("F32", "[2]", "[0,8]")[..^1] + "," + Entry("F32", "[2]", "[0,8]")[1..], 8, "Duplicate" },
        { "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "Duplicate" },
        { "{\"\\ud800\":1}", 0, "not what the safetensors format asks for" },
        { "{\"a\":3}", 0, "tensor 'a' must have" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "tensor 'a' must have" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"code\":\"x\"}}", 8, "nothing else" },
        { "{\"__metadata__\":{\"a\":1}}", 0, "must map texts to texts" },
        { "{\"__metadata__\":[]}", 0, "must map texts to texts" },
        { Entry("F4", "[2]", "[0,8]"), 8, "is of type \"F4\"" },
        { "{\"a\":{\"dtype\":5,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "is of type 5" },
        { Entry("F32", "[-2]", "[0,8]"), 8, "no list of sizes" },
        { Entry("F32", "[2.0]", "[0,8]"), 8, "no list of sizes" },
        { Entry("F32", "[\"2\"]", "[0,8]"), 8, "no list of sizes" },
        { Entry("F32", "2", "[0,8]"), 8, "no list of sizes" },
        { Entry("F32", "[99999999999999999999]", "[0,8]"), 8, "no list of sizes" },
        { Entry("F32", "[2]", "[0,8,8]"), 8, "instead of a begin and an end" },
        { Entry("F32", "[2]", "[8,0]"), 8, "instead of a begin and an end" },
        { Entry("F32", "[2]", "[0,-8]"), 8, "instead of a begin and an end" },
        { Entry("F32", "[0]", "[9223372036854775807,9223372036854775807]"), 0, "instead of a begin and an end" },
        { Entry("F32", "[3]", "[0,8]"), 8, "does not fill the 8 bytes" },
        { Entry("F32", "[4611686018427387904,4]", "[0,0]"), 0, "does not fill" },
        { Entry("F32", "[4294967296,4294967296,0]", "[0,0]"), 0, "does not fill" },
        { Entry("F32", "[2]", "[0,8]"), 7, "cut short" },
        { Entry("F32", "[1000000000000]", "[0,4000000000000]"), 7, "cut short" },
        { Entry("F32", "[2]", "[0,8]"), 9, "belongs to no tensor" },
        { "{}", 1, "belongs to no tensor" },
        { Entry("F32", "[2]", "[4,12]"), 12, "after a hole" },
        { Entry("F32", "[2]", "[0,8]")[..^1] + "," + Entry("F32", "[1]", "[4,8]").Replace("\"a\"", "\"b\"", StringComparison.Ordinal)[1..], 8, "'b' begins at offset" },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public void A_file_that_breaks_the_format_is_refused_by_name(string header, int dataBytes, string expected)
    {
        var file = Concat(BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)), Encoding.UTF8.GetBytes(header), new byte[dataBytes]);
        Should.Throw<InvalidDataException>(() => Safetensors.Read(new MemoryStream(file), "some.safetensors"))
            .Message.ShouldSatisfyAllConditions(m => m.ShouldStartWith("some.safetensors"), m => m.ShouldContain(expected, Case.Sensitive));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_file_shorter_than_the_prefix_is_refused(int length) =>
        Should.Throw<InvalidDataException>(() => Safetensors.ReadHeader(new MemoryStream(new byte[length]), "x")).Message.ShouldContain($"has {length} bytes");

    [Theory]
    [InlineData(100_000_001)]
    [InlineData(17)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void A_header_longer_than_the_file_or_the_limit_is_refused_without_reading_it(long length) =>
        Should.Throw<InvalidDataException>(() => Safetensors.ReadHeader(new MemoryStream(Concat(BitConverter.GetBytes(length), new byte[16], [])), "x"))
            .Message.ShouldContain($"a header of {(ulong)length} bytes");

    [Fact]
    public void A_file_with_flipped_bytes_is_read_or_refused_cleanly()
    {
        using var scope = NewDisposeScope();
        var file = Written(new() { ["a"] = ones(2, 2), ["b"] = ones(3, @bool) }, new() { ["k"] = "v" });
        Gen.Select(Gen.Int[0, file.Length - 1], Gen.Byte, Gen.Int[0, file.Length]).Array[1, 3].Sample(edits =>
        {
            byte[] damaged = [.. file];
            foreach (var (at, value, _) in edits) damaged[at] = value;
            if (edits.Length == 3) damaged = damaged[..edits[0].Item3];
            using var inner = NewDisposeScope();
            try
            {
                return Safetensors.Read(new MemoryStream(damaged), "x").Values.Sum(t => t.NumberOfElements * t.ElementSize) <= file.Length;
            }
            catch (InvalidDataException)
            {
                return true;
            }
        }, iter: 20_000);
    }

    private static string Entry(string type, string shape, string offsets) =>
        $"{{\"a\":{{\"dtype\":\"{type}\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}";

    private static byte[] Written(Dictionary<string, Tensor> tensors, Dictionary<string, string>? metadata = null)
    {
        var stream = new MemoryStream();
        Safetensors.Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    private static byte[] Concat(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c) => [.. a, .. b, .. c];
}
