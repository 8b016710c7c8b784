using System.Text;
using SimClr.Images;

namespace SimClr.Tests.Images;

public sealed class NetpbmTests
{
    [Fact]
    public void Plain_and_raw_files_give_the_same_values_scaled_to_the_full_range()
    {
        Bytes("P1 # a comment\n3 2\n1 0 1 010").ShouldBe(Gray(0, 255, 0, 255, 0, 255));
        Bytes("P4\n3 2\n", 0b10100000, 0b01000000).ShouldBe(Gray(0, 255, 0, 255, 0, 255));
        Bytes("P2\n2 1\n#x\n100\n0 50").ShouldBe(Gray(0, 128));
        Bytes("P5\n2 1\n100\n", 0, 50).ShouldBe(Gray(0, 128));
        Bytes("P3 2 1 255 1 2 3 4 5 6").ShouldBe([1, 2, 3, 4, 5, 6]);
        Bytes("P6 2 1 255\n", 1, 2, 3, 4, 5, 6).ShouldBe([1, 2, 3, 4, 5, 6]);
        Words("P5 2 1 65535\n", 1, 2, 3, 4).ShouldBe([258, 258, 258, 772, 772, 772]);
        Words("P2 1 1 1023 512").ShouldBe([.. Enumerable.Repeat((ushort)Math.Round(512 * 65535.0 / 1023), 3)]);
    }

    [Fact]
    public void PAM_has_any_number_of_channels_and_opacity()
    {
        static string Head(int depth, string type) => $"P7\nWIDTH 1\nHEIGHT 1\nDEPTH {depth}\nMAXVAL 255\nTUPLTYPE {type}\nENDHDR\n";
        Bytes(Head(5, "BANDS"), 1, 2, 3, 4, 5).ShouldBe([1, 2, 3, 4, 5]);
        Bytes(Head(4, "RGB_ALPHA"), 1, 2, 3, 0).ShouldBe([255, 255, 255]);
    }

    [Fact]
    public void PFM_has_its_rows_from_the_bottom_in_either_byte_order()
    {
        float[] values = [1.5f, -2, 1e9f, float.NaN];
        byte[] little = [.. values.SelectMany(BitConverter.GetBytes)], big = [.. values.SelectMany(v => BitConverter.GetBytes(v).Reverse())];
        foreach (byte[] file in (byte[][])[[.. "Pf\n2 2\n-1.0\n"u8, .. little], [.. "Pf 2 2 1\n"u8, .. big]])
        {
            var image = ImageDecoder.Decode(file, "x", null, new DecodeOptions { Channels = [1] });
            image.Type.ShouldBe(PixelType.Float32);
            image.Values<float>().ToArray().ShouldBe([1e9f, float.NaN, 1.5f, -2]);
        }
    }

    [Theory]
    [InlineData("P5\n2 2\n255\nabc")]
    [InlineData("P5\n2 2\n255")]
    [InlineData("P5\n2 2\n0\nabcd")]
    [InlineData("P5\n2 2\n70000\nabcd")]
    [InlineData("P5\n0 2\n255\nabcd")]
    [InlineData("P5\n2 -2\n255\nabcd")]
    [InlineData("P2\n2 1\n9\n1 10")]
    [InlineData("P2\n2 1\n9\n1")]
    [InlineData("P1\n2 1\n12")]
    [InlineData("P5\n99999 99999\n255\nabcd")]
    [InlineData("Pf\n1 1\n0\nabcd")]
    [InlineData("P7\nWIDTH 1\nENDHDR\na")]
    [InlineData("P7\nWIDTH 1\n")]
    public void A_damaged_file_is_refused_by_name(string file) =>
        Should.Throw<InvalidDataException>(() => ImageDecoder.Decode(Encoding.Latin1.GetBytes(file), "x")).Message.ShouldStartWith("x: ");

    private static byte[] Gray(params byte[] values) => [.. values.SelectMany(v => new[] { v, v, v })];

    private static DecodedImage Decode(string head, byte[] data) => ImageDecoder.Decode([.. Encoding.Latin1.GetBytes(head), .. data], "x").Checked();

    private static byte[] Bytes(string head, params byte[] data) => Decode(head, data).Values<byte>().ToArray();

    private static ushort[] Words(string head, params byte[] data) => Decode(head, data).Values<ushort>().ToArray();
}
