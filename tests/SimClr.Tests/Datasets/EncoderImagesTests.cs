using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Tests.Datasets;

public sealed class EncoderImagesTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Fact]
    public void Channels_of_an_array_are_chosen_and_reordered_whatever_wraps_it()
    {
        temp.Write("train.npy", Npy.Of("|u1", "(2, 1, 2, 4)", [.. Enumerable.Range(1, 16).Select(v => (byte)v)]));
        var array = ImageDatasets.Open(temp.Root, DatasetPart.Pretraining);
        var chosen = EncoderImages.For(new SubsetDataset(RetryingDataset.Of(array), [1, 0]), 3, new DecodeOptions { Channels = [4, 1, 1] });
        chosen.Channels.ShouldBe(3);
        chosen.Read(0).Pixels.ToArray().ShouldBe([12, 9, 9, 16, 13, 13]);
        chosen.Read(1, new DecodeBuffer()).Pixels.ToArray().ShouldBe([4, 1, 1, 8, 5, 5]);
        var again = EncoderImages.For(chosen, 3, new DecodeOptions { Channels = [4, 1, 1] }); // a choice is made once
        again.Read(0).Pixels.ToArray().ShouldBe([12, 9, 9, 16, 13, 13]);
        EncoderImages.For(array, 4, new DecodeOptions()).ShouldBeSameAs(array);
        var one = EncoderImages.For(array, 1, new DecodeOptions { Channels = [2] });
        one.Read(0).Pixels.ToArray().ShouldBe([2, 6]);
        var gray = EncoderImages.For(array, 1, new DecodeOptions { Channels = [3, 2, 1] });
        gray.Read(0).Pixels.ToArray().ShouldBe([(byte)Math.Round(0.299 * 3 + 0.587 * 2 + 0.114 * 1), (byte)Math.Round(0.299 * 7 + 0.587 * 6 + 0.114 * 5)]);
    }

    [Fact]
    public void A_data_set_around_another_one_keeps_groups_and_tiles()
    {
        var tiles = new Tiles();
        foreach (var images in (IImageDataset[])[EncoderImages.For(tiles, 3, new DecodeOptions { Channels = [3, 2, 1] }), EncoderImages.For(tiles, 1),
            new SubsetDataset(tiles, [0]), RetryingDataset.Of(tiles), UnitedDataset.Of("all", [tiles])])
        {
            images.Group(0).ShouldBe("patient", images.GetType().Name);
            images.HasTiles.ShouldBeTrue(images.GetType().Name);
            images.Tile(0).ShouldBe(new ImageTile("slide.tif", 5, 7), images.GetType().Name);
        }
    }

    private sealed class Tiles : IImageDataset
    {
        public string Name => "tiles";

        public int Count => 1;

        public IReadOnlyList<string> Classes => [];

        public bool HasTiles => true;

        public int Label(int index) => -1;

        public string? Group(int index) => "patient";

        public ImageTile? Tile(int index) => new("slide.tif", 5, 7);

        public string Describe(int index) => "tile";

        public DecodedImage Read(int index) => new(new byte[3], 1, 1);
    }

    [Fact]
    public void Chosen_values_of_more_bytes_stay_whole()
    {
        temp.Write("train.npy", Npy.Of("<u2", "(1, 1, 2, 2)", 1, 2, 3, 4, 5, 6, 7, 8));
        var swapped = EncoderImages.For(ImageDatasets.Open(temp.Root, DatasetPart.Pretraining), 2, new DecodeOptions { Channels = [2, 1] }).Read(0);
        swapped.Values<ushort>().ToArray().ShouldBe([0x0403, 0x0201, 0x0807, 0x0605]);
    }

    [Fact]
    public void A_channel_that_is_not_there_and_another_number_of_channels_are_refused_in_one_sentence()
    {
        temp.Write("train.npy", Npy.Of("|u1", "(1, 1, 2, 4)", 1, 2, 3, 4, 5, 6, 7, 8));
        var array = ImageDatasets.Open(temp.Root, DatasetPart.Pretraining);
        Should.Throw<InvalidDataException>(() => EncoderImages.For(array, 2, new DecodeOptions { Channels = [9, 1] }).Read(0)).Message
            .ShouldEndWith("train.npy, image 0 has 4 channels, but channel 9 is chosen (preprocessing.decoding.channels).");
        Should.Throw<InvalidDataException>(() => EncoderImages.For(array, 3)).Message.ShouldContain("have 4 channels, and the encoder takes 3");
        Should.Throw<InvalidDataException>(() => EncoderImages.For(array, 3, new DecodeOptions { Channels = [1, 2] })).Message.ShouldContain("have 2 channels, and the encoder takes 3");
        Should.Throw<ArgumentOutOfRangeException>(() => new Preprocessing { Decoding = new DecodeOptions { Channels = [0] } }.Validate());
    }
}
