using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Tests.Datasets;

public sealed class NpyDatasetTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Fact]
    public void A_folder_of_arrays_has_parts_labels_and_the_arrays_channels()
    {
        byte[] images = Npy.Images(5, 6, 7, 4);
        temp.Write("train.npy", images);
        temp.Write("train-labels.npy", Npy.Of("<i4", "(5,)", [0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]));
        temp.Write("test.npy", Npy.Images(2, 6, 7, 4));
        temp.Write("test-labels.npy", Npy.Of("|u1", "(2,)", 3, 0));
        ImageDatasets.HasTest(temp.Root).ShouldBeTrue();
        var train = ImageDatasets.Open(temp.Root, DatasetPart.Pretraining);
        (train.Count, train.Channels).ShouldBe((5, 4));
        train.Classes.ShouldBe(["0", "1", "2", "3"]); // of both parts
        Enumerable.Range(0, 5).Select(train.Label).ShouldBe([0, 2, 1, -1, 0]);
        var image = train.Read(3);
        (image.Width, image.Height, image.Channels).ShouldBe((7, 6, 4));
        image.Pixels.ToArray().ShouldBe(images[^(2 * 168)..^168]);
        train.Read(3, new DecodeBuffer()).Pixels.ToArray().ShouldBe(image.Pixels.ToArray());
        train.Describe(3).ShouldEndWith("train.npy, image 3");

        temp.Write("class_names.txt", "a\nb\nc\nd\n"u8.ToArray());
        ImageDatasets.Open(temp.Root, DatasetPart.Test).Classes.ShouldBe(["a", "b", "c", "d"]);
    }

    [Fact]
    public void A_single_file_is_a_training_part_and_three_axes_mean_one_channel()
    {
        string file = temp.Write("satellites.npy", Npy.Of("|u1", "(2, 1, 3)", 1, 2, 3, 4, 5, 6));
        var images = ImageDatasets.Open(file, DatasetPart.Train);
        (images.Name, images.Channels, images.Count, images.Classes.Count, images.Label(1)).ShouldBe(("satellites", 1, 2, 0, -1));
        images.Read(1).Pixels.ToArray().ShouldBe([4, 5, 6]);
        ImageDatasets.HasTest(file).ShouldBeFalse();
    }

    [Fact]
    public void A_file_that_is_not_an_array_of_images_is_refused_in_one_sentence()
    {
        string Refused(byte[] images, byte[]? labels = null)
        {
            temp.Write("train.npy", images);
            if (labels is not null) temp.Write("train-labels.npy", labels);
            return Should.Throw<InvalidDataException>(() => ImageDatasets.Open(temp.Root, DatasetPart.Train)).Message;
        }
        Refused(Npy.Of("<f8", "(1, 1, 1)", 0, 0, 0, 0, 0, 0, 0, 0)).ShouldContain("numbers of type <f8; images are read as uint8, uint16, int16, float16 or float32: numpy.save(file, a.astype('float32'))");
        Refused(Npy.Of("|u1", "(4,)", 1, 2, 3, 4)).ShouldContain("is of shape (4,); images are (N, H, W, C) or (N, H, W)");
        Refused(Npy.Of("|u1", "(1, 2, 2, 2)", 1, 2, 3, 4)).ShouldContain("is cut off");
        Refused([1, 2, 3]).ShouldContain("is no NPY file");
        byte[] good = Npy.Images(2, 2, 2, 2);
        Refused(good, Npy.Of("|u1", "(3,)", 0, 1, 0)).ShouldContain("has 3 labels for 2 images");
        Refused(good, Npy.Of("<f4", "(1,)", 0, 0, 0, 0)).ShouldContain("labels are whole numbers");
        Refused(good, Npy.Of("|i1", "(2,)", 0, 254)).ShouldContain("label -2 of image 1 is not a class");
        Refused(good, Npy.Of("<i2", "(2,)", 0, 1, 0)).ShouldContain("is of shape (2,) with 3 bytes");
    }

    // numpy.save of [1, 0, -1 or 1, 2] as each of these types.
    [Theory]
    [InlineData("|u1", "01000102", "1 0 1 2")]
    [InlineData("|i1", "0100ff02", "1 0 -1 2")]
    [InlineData("|b1", "01000100", "1 0 1 0")]
    [InlineData("<u2", "0100000001000200", "1 0 1 2")]
    [InlineData(">i2", "00010000ffff0002", "1 0 -1 2")]
    [InlineData("<u4", "01000000000000000100000002000000", "1 0 1 2")]
    [InlineData(">i4", "0000000100000000ffffffff00000002", "1 0 -1 2")]
    [InlineData(">u8", "0000000000000001000000000000000000000000000000010000000000000002", "1 0 1 2")]
    [InlineData("<i8", "01000000000000000000000000000000ffffffffffffffff0200000000000000", "1 0 -1 2")]
    public void Labels_are_whole_numbers_of_any_width_and_order(string type, string bytes, string expected)
    {
        temp.Write("train.npy", Npy.Images(4, 2, 2, 2));
        foreach (string shape in (string[])["(4,)", "(4, 1)"])
        {
            temp.Write("train-labels.npy", Npy.Of(type, shape, Convert.FromHexString(bytes)));
            var data = ImageDatasets.Open(temp.Root, DatasetPart.Pretraining);
            string.Join(' ', Enumerable.Range(0, 4).Select(data.Label)).ShouldBe(expected);
        }
    }

    [Fact]
    public void If_only_some_images_have_labels_training_uses_those_and_pretraining_uses_all()
    {
        byte[] images = Npy.Images(5, 2, 2, 2);
        temp.Write("train.npy", images);
        temp.Write("train-labels.npy", Npy.Of("|i1", "(5,)", 255, 1, 255, 0, 255));
        temp.Write("test.npy", images);
        temp.Write("test-labels.npy", Npy.Of("|i1", "(5,)", 255, 255, 255, 255, 1));
        var (all, train, test) = (Open(DatasetPart.Pretraining), Open(DatasetPart.Train), Open(DatasetPart.Test));
        (all.Count, train.Count, test.Count).ShouldBe((5, 2, 1));
        (train.Label(0), train.Label(1), test.Label(0)).ShouldBe((1, 0, 1));
        train.Read(1).Pixels.ToArray().ShouldBe(images[^16..^8]);
        train.Omissions.Single().ToString().ShouldBe($"3 × image without a label not used: it is for pretraining alone (for example {temp.At("train.npy")}, image 0).");
        all.Omissions.ShouldBeEmpty();
        temp.Write("train-labels.npy", Npy.Of("|i1", "(5,)", 255, 255, 255, 255, 255));
        Open(DatasetPart.Train).Count.ShouldBe(5); // no option to choose a part by

        IImageDataset Open(DatasetPart part) => ImageDatasets.Open(temp.Root, part);
    }

    [Theory]
    [InlineData("<i8", "(2305843009213693952,)")] // 2^61 numbers of 8 bytes are 2^64 bytes, which overflows to 0
    [InlineData("|u1", "(4294967296,)")]
    [InlineData("<i8", "(9999999999999999999999,)")]
    public void An_impossible_number_of_labels_is_refused_before_reading(string type, string shape)
    {
        temp.Write("train.npy", Npy.Images(2, 2, 2, 2));
        temp.Write("train-labels.npy", Npy.Of(type, shape));
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(temp.Root, DatasetPart.Train)).Message.ShouldStartWith(temp.At("train-labels.npy"));
    }

    [Theory]
    [InlineData("|u1", "(2147483647, 1048576, 1048576, 1024)", "is cut off")] // 2^81 bytes
    [InlineData("|u1", "(2, 3, 24, 20)", "looks like (N, C, H, W)")]
    [InlineData("|u1", "(24, 20, 3)", "looks like one image (H, W, C)")]
    [InlineData("|u1", "(0, 2, 2, 2)", "is of shape (0, 2, 2, 2); images are")]
    [InlineData("|b1", "(1, 2, 2, 2)", "a.astype('uint8') * 255")]
    [InlineData("<u4", "(1, 2, 2, 2)", "a.astype('float32')")]
    [InlineData("<f8", "(1, 2, 2, 2)", "a.astype('float32')")]
    public void Arrays_that_mean_something_else_are_refused_with_what_makes_them_images(string type, string shape, string sentence)
    {
        string path = temp.Write("train.npy", Npy.Of(type, shape));
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(path, DatasetPart.Train)).Message.ShouldSatisfyAllConditions(m => m.ShouldStartWith(path), m => m.ShouldContain(sentence));
    }
}
