using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Tests.Datasets;

public sealed class DeepFoldersTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    private void Write(string name, int channels, int first = 0) =>
        temp.Write(name, ImageEncoder.Tiff(DecodedImage.Of<ushort>([.. Enumerable.Range(0, 6 * channels).Select(v => (ushort)(1000 * v + first))], 3, 2, channels)));

    [Fact]
    public void A_folder_of_images_of_n_bands_is_a_data_set_of_n_channels_of_16_bits()
    {
        Write("a/1.tif", 5);
        Write("b/2.tif", 5, first: 7);
        var data = ImageDatasets.Open(temp.Root, DatasetPart.Pretraining);
        data.Channels.ShouldBe(5);
        var image = data.Read(1);
        (image.Type, image.Channels, image.Values<ushort>()[29]).ShouldBe((PixelType.UInt16, 5, (ushort)29007));
        var chosen = EncoderImages.For(new SubsetDataset(RetryingDataset.Of(data), [1]), 2, new DecodeOptions { Channels = [5, 2] });
        chosen.Read(0).Values<ushort>()[..4].ToArray().ShouldBe([4007, 1007, 9007, 6007]);
        chosen.Read(0, new DecodeBuffer()).Values<ushort>()[..4].ToArray().ShouldBe([4007, 1007, 9007, 6007]);
        data.Read(0).Channels.ShouldBe(5); // the choice is that of the other data set
        Should.Throw<InvalidDataException>(() => EncoderImages.For(data, 2, new DecodeOptions { Channels = [9, 1] }).Read(0)).Message.ShouldContain("1.tif");
    }

    [Fact]
    public void An_image_with_another_number_of_channels_than_the_first_is_refused_in_one_sentence()
    {
        Write("1.tif", 5);
        Write("2.tif", 4);
        var data = ImageDatasets.Open(temp.Root, DatasetPart.Pretraining);
        data.Read(0).Channels.ShouldBe(5);
        Should.Throw<InvalidDataException>(() => data.Read(1)).Message.ShouldBe($"{temp.Named("2.tif")} has 4 channels, but the images of {data.Name} have 5.");
    }

    [Fact]
    public void Samples_of_a_TIFF_of_floats_keep_the_values_of_the_file_and_get_their_range()
    {
        for (int i = 0; i < 3; i++)
            temp.Write($"{i}.tif", ImageEncoder.Tiff(DecodedImage.Of<float>([.. Enumerable.Range(0, 3000).Select(v => v - 1024f)], 50, 20, 3)));
        var data = ImageDatasets.Open(temp.Root, DatasetPart.Pretraining);
        data.Read(2).Values<float>()[1].ShouldBe(-1023f);
        ValueRangeFinder.Complete(data, new Preprocessing()).ValueRange.Select(v => (int)Math.Round(v)).ShouldBe([-1021, 1972]);
    }
}
