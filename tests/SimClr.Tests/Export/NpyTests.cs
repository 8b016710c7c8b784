using System.Buffers.Binary;
using System.Text;
using CsCheck;
using SimClr.Export;

namespace SimClr.Tests.Export;

public sealed class NpyTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Write(float[] values, int columns, bool half)
    {
        string path = folder.At(Path.GetRandomFileName()); // properties are checked on several threads
        using var writer = NpyWriter.Create(path, values.Length / columns, columns, half);
        writer.Append(values);
        return path;
    }

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(3, 5, true)]
    [InlineData(1_000, 512, false)]
    public void A_file_follows_the_description_of_the_format(int rows, int columns, bool half)
    {
        float[] values = [.. Enumerable.Range(0, rows * columns).Select(i => i / 8f)];

        byte[] file = File.ReadAllBytes(Write(values, columns, half));

        // https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0
        file[..8].ShouldBe([0x93, .. "NUMPY"u8, 1, 0]);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        ((10 + length) % 64).ShouldBe(0);
        string header = Encoding.ASCII.GetString(file, 10, length);
        header.ShouldStartWith($"{{'descr': '<f{(half ? 2 : 4)}', 'fortran_order': False, 'shape': ({rows}, {columns}), }} ");
        header[^1].ShouldBe('\n');
        header.TrimEnd('\n').TrimEnd(' ').ShouldEndWith("}");
        int size = half ? 2 : 4;
        file.Length.ShouldBe(10 + length + rows * columns * size);
        for (int i = 0; i < values.Length; i += 7)
        {
            var number = file.AsSpan(10 + length + i * size);
            (half ? (float)BinaryPrimitives.ReadHalfLittleEndian(number) : BinaryPrimitives.ReadSingleLittleEndian(number)).ShouldBe(half ? (float)(Half)values[i] : values[i]);
        }
    }

    [Fact]
    public void Half_precision_rounds_to_nearest_ties_to_even() => Gen.OneOf(Gen.Float[-70_000, 70_000], Gen.Float[-1e-4f, 1e-4f]).Array[1, 40].Sample(values =>
    {
        using var reader = new NpyReader(Write(values, 1, half: true));
        var read = new float[values.Length];
        reader.Read(0, read);
        for (int i = 0; i < values.Length; i++) read[i].ShouldBe(Nearest(values[i]));
    }, iter: 50);

    // The largest spacing of halves of this magnitude, by the definition of binary16: 11 significant bits, exponents from −14 to 15.
    private static float Nearest(float value)
    {
        if (value == 0) return 0;
        double step = Math.Pow(2, Math.Max(-14, Math.Floor(Math.Log2(Math.Abs(value)))) - 10);
        double rounded = Math.Round(value / step, MidpointRounding.ToEven) * step;
        return Math.Abs(rounded) > 65_504 ? float.CopySign(float.PositiveInfinity, value) : (float)rounded;
    }

    [Fact]
    public void Written_rows_are_read_back_also_NaN_and_from_the_middle()
    {
        float[] values = [1, float.NaN, -0f, float.PositiveInfinity, 1e-38f, 3.4e38f];
        using var reader = new NpyReader(Write(values, 2, half: false));
        (reader.Header.Rows, reader.Header.Columns, reader.Header.IsHalf).ShouldBe((3, 2, false));
        var read = new float[4];
        reader.Read(1, read);
        read.Select(BitConverter.SingleToInt32Bits).ShouldBe(values[2..].Select(BitConverter.SingleToInt32Bits));
        Should.Throw<ArgumentException>(() => reader.Read(2, new float[4])).Message.ShouldContain("has 3 rows of 2");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_unfinished_file_is_refused_by_readers_and_resumed_to_the_same_bytes(bool half)
    {
        float[] values = [.. Enumerable.Range(0, 30).Select(i => i * 0.3f)];
        byte[] straight = File.ReadAllBytes(Write(values, 3, half));
        string path = folder.At("part.npy");
        using (var writer = NpyWriter.Create(path, 10, 3, half)) writer.Append(values.AsSpan(0, 15));
        using (var stream = new FileStream(path, FileMode.Append)) stream.Write([1, 2, 3]); // a kill within a row
        NpyWriter.RowsIn(path).ShouldBe(5);
        Should.Throw<InvalidDataException>(() => new NpyReader(path)).Message.ShouldContain("is cut off");
        Should.Throw<InvalidDataException>(() => NpyWriter.Resume(path, 6)).Message.ShouldContain("holds 5 whole rows; 6 should be there");

        using (var writer = NpyWriter.Resume(path, 4))
        {
            writer.Append(values.AsSpan(12));
            Should.Throw<ArgumentException>(() => writer.Append(values.AsSpan(0, 3))).Message.ShouldContain("0 rows still missing");
        }

        File.ReadAllBytes(path).ShouldBe(straight);
    }

    [Fact]
    public void Float64_is_read_as_the_nearest_float32()
    {
        double[] values = [0.1, -1e-50, 16_777_217, 3.5e38, double.NaN, 1];
        string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }\n", path = folder.At("double.npy");
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, .. BitConverter.GetBytes((ushort)header.Length), .. Encoding.ASCII.GetBytes(header), .. values.SelectMany(BitConverter.GetBytes)]);
        using var reader = new NpyReader(path);
        var read = new float[4];
        reader.Read(0, read);
        read.ShouldBe([0.1f, -0f, 16_777_216, float.PositiveInfinity]);
        reader.Read(1, read);
        float.IsNaN(read[2]).ShouldBeTrue();
    }

    // A million spaces on both sides of a missing comma could be matched in a million ways.
    [Theory]
    [InlineData("", "cannot be understood")]
    [InlineData("}", "is of shape (2,)")]
    public void A_header_of_spaces_is_read_once(string end, string refusal)
    {
        string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)" + new string(' ', 1_000_000) + end;
        using var file = new MemoryStream([0x93, .. "NUMPY"u8, 2, 0, .. BitConverter.GetBytes(header.Length), .. Encoding.ASCII.GetBytes(header)]);
        Should.Throw<InvalidDataException>(() => NpyHeader.Read(file, "x.npy")).Message.ShouldSatisfyAllConditions(m => m.ShouldContain(refusal), m => m.Length.ShouldBeLessThan(300));
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }", null)]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1)}", null)]
    [InlineData("{'descr': '<i8', 'fortran_order': False, 'shape': (1, 1), }", "numbers of type <i8")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1), }", "column by column")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "is of shape (2,)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1), }", "is cut off")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }", "is too long")]
    [InlineData("{'shape': (2, 1)}", "cannot be understood")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 2), }", "is of shape (4611686018427387904, 2)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2147483647), }", "is of shape (2, 2147483647)")]
    public void Files_of_others_are_read_or_refused_with_a_reason(string header, string? refusal)
    {
        foreach (byte version in (byte[])[1, 2, 3])
        {
            byte[] length = version == 1 ? [(byte)header.Length, 0] : [(byte)header.Length, 0, 0, 0];
            string path = folder.Write("other.npy", [0x93, .. "NUMPY"u8, version, 0, .. length, .. Encoding.ASCII.GetBytes(header), 0, 0, 128, 63, 0, 0, 0, 64]);
            if (refusal is not null)
            {
                Should.Throw<InvalidDataException>(() => new NpyReader(path)).Message.ShouldContain(refusal);
                continue;
            }
            using var reader = new NpyReader(path);
            var values = new float[2];
            reader.Read(0, values);
            values.ShouldBe([1, 2]);
        }
    }

    [Fact]
    public void A_file_that_is_not_NPY_or_is_truncated_is_refused()
    {
        byte[] good = File.ReadAllBytes(Write([1, 2], 2, half: false));
        for (int length = 0; length < good.Length; length++)
        {
            string path = folder.Write("cut.npy", good[..length]);
            Should.Throw<InvalidDataException>(() => new NpyReader(path)).Message.ShouldContain(path);
        }
    }
}
