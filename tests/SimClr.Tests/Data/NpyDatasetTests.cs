using SimClr.Data;
using SimClr.Views;

namespace SimClr.Tests.Data;

public sealed class NpyDatasetTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Fact]
    public void A_folder_of_arrays_has_parts_labels_and_as_many_channels_as_they_say()
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
    public void A_file_alone_is_a_training_part_and_three_axes_are_one_channel()
    {
        string file = temp.Write("satellites.npy", Npy.Of("|u1", "(2, 1, 3)", 1, 2, 3, 4, 5, 6));
        var images = ImageDatasets.Open(file, DatasetPart.Train);
        (images.Name, images.Channels, images.Count, images.Classes.Count, images.Label(1)).ShouldBe(("satellites", 1, 2, 0, -1));
        images.Read(1).Pixels.ToArray().ShouldBe([4, 5, 6]);
        ImageDatasets.HasTest(file).ShouldBeFalse();
    }

    [Fact]
    public void What_is_no_array_of_images_is_refused_in_one_sentence()
    {
        string Refused(byte[] images, byte[]? labels = null)
        {
            temp.Write("train.npy", images);
            if (labels is not null) temp.Write("train-labels.npy", labels);
            return Should.Throw<InvalidDataException>(() => ImageDatasets.Open(temp.Root, DatasetPart.Train)).Message;
        }
        Refused(Npy.Of("<f4", "(1, 1, 1)", 0, 0, 0, 0)).ShouldContain("numbers of type <f4; images are read as uint8");
        Refused(Npy.Of("|u1", "(4,)", 1, 2, 3, 4)).ShouldContain("is of shape (4,); images are (N, H, W, C) or (N, H, W)");
        Refused(Npy.Of("|u1", "(1, 2, 2, 2)", 1, 2, 3, 4)).ShouldContain("is cut off");
        Refused([1, 2, 3]).ShouldContain("is no NPY file");
        byte[] good = Npy.Images(2, 2, 2, 2);
        Refused(good, Npy.Of("|u1", "(3,)", 0, 1, 0)).ShouldContain("has 3 labels for 2 images");
        Refused(good, Npy.Of("<f4", "(1,)", 0, 0, 0, 0)).ShouldContain("labels are whole numbers");
        Refused(good, Npy.Of("|i1", "(2,)", 0, 254)).ShouldContain("label -2 of image 1 is no class");
        Refused(good, Npy.Of("<i2", "(2,)", 0, 1, 0)).ShouldContain("is of shape (2,) with 3 bytes");
    }

    [Fact]
    public void Loaded_views_have_the_images_channels()
    {
        temp.Write("train.npy", Npy.Images(6, 12, 10, 4));
        var data = new UnlabelledDataset(new SubsetDataset(ImageDatasets.Open(temp.Root, DatasetPart.Train), [5, 3, 1, 0]));
        var policy = new ViewPolicy { Mean = [0.1, 0.2, 0.3, 0.4] };
        foreach (var batch in new ViewLoader(data, policy, 8, 2, seed: 1, threads: 2).Epoch(0))
        {
            using var _ = batch;
            batch.Views.shape.ShouldBe([4, 4, 8, 8]);
            float[] expected = new float[4 * 64];
            var image = data.Read(batch.Indices[1]);
            new CpuViewRenderer(policy, 8, 4).Render(image, policy.Draw(10, 12, 8, new CounterRandom(1, 0, batch.Indices[1], 1)), expected);
            batch.Views[3].data<float>().ToArray().ShouldBe(expected);
        }
        Should.Throw<ArgumentOutOfRangeException>(() => new ViewLoader(data, new ViewPolicy { Mean = [0, 0, 0] }, 8, 2, seed: 1)).Message.ShouldContain("0 or 4 numbers");
        Should.Throw<InvalidDataException>(() => ShardPacker.Pack(data, temp.At("shards"), new PackOptions())).Message.ShouldContain("4 channels");
        Should.Throw<ArgumentException>(() => new JoinedDataset("both", data, new SyntheticImages(3))).Message.ShouldContain("cannot be joined");
    }
}
