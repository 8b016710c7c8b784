using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Tests.Datasets;

public sealed class NpyValuesTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    // numpy.save of [[[1, 2, 3]], [[4, 500, -6 or 600]]] as each of these types.
    [Theory]
    [InlineData("<u2", "0100020003000400f4015802", PixelType.UInt16, "4 500 600")]
    [InlineData(">u2", "000100020003000401f40258", PixelType.UInt16, "4 500 600")]
    [InlineData("<i2", "0100020003000400f401faff", PixelType.Float32, "4 500 -6")]
    [InlineData(">i2", "000100020003000401f4fffa", PixelType.Float32, "4 500 -6")]
    [InlineData("<f2", "003c00400042004 4d05f00c6", PixelType.Float32, "4 500 -6")]
    [InlineData(">f2", "3c00400042004400 5fd0c600", PixelType.Float32, "4 500 -6")]
    [InlineData("<f4", "0000803f00000040000040400000804000 00fa430000c0c0", PixelType.Float32, "4 500 -6")]
    [InlineData(">f4", "3f8000004000000040400000 4080000043fa0000c0c00000", PixelType.Float32, "4 500 -6")]
    public void Values_of_more_than_8_bits_are_those_of_the_array(string type, string bytes, PixelType expected, string values)
    {
        temp.Write("train.npy", Npy.Of(type, "(2, 1, 3)", Convert.FromHexString(bytes.Replace(" ", ""))));
        var data = ImageDatasets.Open(temp.Root, DatasetPart.Pretraining);
        data.Read(0, new DecodeBuffer()).Checked();
        var image = data.Read(1).Checked();
        (image.Type, image.Width, image.Height, image.Channels).ShouldBe((expected, 3, 1, 1));
        (expected == PixelType.UInt16 ? string.Join(' ', image.Values<ushort>().ToArray()) : string.Join(' ', image.Values<float>().ToArray())).ShouldBe(values);
    }
}
