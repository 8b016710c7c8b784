using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class ImageDatasetsTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Theory]
    [InlineData("test_batch.bin", typeof(CifarDataset))]
    [InlineData("test.bin", typeof(CifarDataset))]
    [InlineData("t10k-images-idx3-ubyte", typeof(IdxDataset))]
    [InlineData("a.jpg", typeof(ImageFolderDataset))]
    public void The_files_in_a_folder_decide_its_format(string file, Type type)
    {
        byte[] content = file switch
        {
            "test_batch.bin" => new byte[3073],
            "test.bin" => new byte[3074],
            "a.jpg" => [],
            _ => [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7],
        };
        temp.Write(file, content);
        bool hasTest = type != typeof(ImageFolderDataset);
        ImageDatasets.HasTest(temp.Root).ShouldBe(hasTest);
        ImageDatasets.Open(temp.Root, hasTest ? DatasetPart.Test : DatasetPart.Train).ShouldBeOfType(type);
    }

    [Theory]
    [InlineData("cifar-100-binary/train.bin", 3074, "CIFAR-100 train")]
    [InlineData("stl10_binary/unlabeled_X.bin", 27648, "STL-10 unlabeled")]
    public void A_publishers_folder_is_found_one_level_deeper(string file, int bytes, string name)
    {
        temp.Write(file, new byte[bytes]);
        ImageDatasets.Open(temp.Root, DatasetPart.Pretraining).Name.ShouldBe(name);
        ImageDatasets.HasTest(temp.Root).ShouldBeFalse();
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(temp.Root, DatasetPart.Test)).Message.ShouldContain(" is missing");
    }

    [Fact]
    public void Two_publishers_folders_are_ambiguous()
    {
        temp.Write("cifar-100-binary/train.bin", new byte[3074]);
        temp.Write("cifar-10-batches-bin/test_batch.bin", new byte[3073]);
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(temp.Root, DatasetPart.Train)).Message
            .ShouldBe($"{temp.Root} holds several data sets (cifar-10-batches-bin, cifar-100-binary); name one of these folders.");
    }

    [Fact]
    public void A_path_without_images_is_refused_with_the_formats_that_were_looked_for()
    {
        Should.Throw<DirectoryNotFoundException>(() => ImageDatasets.Open(temp.At("none"), DatasetPart.Train)).Message.ShouldStartWith($"{temp.At("none")} does not exist");
        var file = temp.Write("notes.txt");
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(file, DatasetPart.Train)).Message.ShouldBe($"{file} is a file; a data set is a folder, a .tar, an .npy, or a list of images with an @ before it.");
        var table = temp.Write("train.csv");
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(table, DatasetPart.Train)).Message.ShouldBe($"{table} is a table; name its column with the classes, as in @{table}:class.");
        var message = Should.Throw<InvalidDataException>(() => ImageDatasets.HasTest(temp.Root)).Message;
        foreach (var known in new[] { temp.Root, "CIFAR-10", "CIFAR-100", "STL-10", "idx3-ubyte", ".jpg" }) message.ShouldContain(known);
    }
}
