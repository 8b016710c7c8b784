using SimClr.Images;
using static TorchSharp.torch;

namespace SimClr.Tests.Images;

public sealed class ByteResamplerTests
{
    // ATen's uint8 kernel is the reference: the bytes are equal, so that packed shards are identical.
    [Theory]
    [InlineData(64, 48, 32, 24)]
    [InlineData(301, 200, 96, 64)]
    [InlineData(37, 500, 23, 311)]
    [InlineData(640, 427, 256, 171)]
    [InlineData(33, 33, 1, 1)]
    [InlineData(100, 7, 99, 7)]
    [InlineData(7, 100, 7, 99)]
    public void Bytes_are_those_of_a_tensor_library(int width, int height, int toWidth, int toHeight)
    {
        byte[] pixels = new byte[width * height * 3];
        new Random(width).NextBytes(pixels);
        using var scope = NewDisposeScope();
        var image = tensor(pixels, [1, height, width, 3]).permute(0, 3, 1, 2);
        var expected = nn.functional.interpolate(image, [toHeight, toWidth], mode: InterpolationMode.Bilinear, align_corners: false, antialias: true);
        var resized = ByteResampler.Resize(new DecodedImage(pixels, width, height), toWidth, toHeight);
        (resized.Width, resized.Height).ShouldBe((toWidth, toHeight));
        resized.Pixels.ToArray().ShouldBe(expected.permute(0, 2, 3, 1).ToBytes());
    }

    [Fact]
    public void A_flat_image_stays_flat()
    {
        byte[] pixels = Enumerable.Repeat((byte)201, 50 * 40 * 3).ToArray();
        ByteResampler.Resize(new DecodedImage(pixels, 50, 40), 17, 13).Pixels.ToArray().ShouldAllBe(value => value == 201);
    }
}
