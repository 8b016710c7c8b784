using CsCheck;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class CifarDatasetTests
{
    [Fact]
    public void Planes_become_interleaved_pixels_and_files_are_read_in_order()
    {
        using var temp = new TempFolder();
        byte[][] files = WriteTen(temp, 3);

        var train = CifarDataset.Open(temp.Root, DatasetPart.Train);

        (train.Name, train.Count).ShouldBe(("CIFAR-10 train", 15));
        for (int i = 0; i < 15; i++)
        {
            ReadOnlySpan<byte> record = files[i / 3].AsSpan(i % 3 * 3073, 3073);
            train.Label(i).ShouldBe(record[0]);
            var image = train.Read(i).Checked();
            for (int y = 0; y < 32; y++)
                for (int x = 0; x < 32; x++)
                    for (int c = 0; c < 3; c++)
                        image.Pixels.Span[(y * 32 + x) * 3 + c].ShouldBe(record[1 + c * 1024 + y * 32 + x]);
        }

        train.Describe(4).ShouldBe($"{temp.At("data_batch_2.bin")}, record 1 at offset 3073");
        CifarDataset.Open(temp.Root, DatasetPart.Test).Name.ShouldBe("CIFAR-10 test");
    }

    [Fact]
    public void Reading_an_image_allocates_nothing()
    {
        using var temp = new TempFolder();
        WriteTen(temp, 3);
        var train = CifarDataset.Open(temp.Root, DatasetPart.Pretraining);
        train.Read(0);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) train.Read(i % 15);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void CIFAR_100_uses_the_fine_label()
    {
        using var temp = new TempFolder();
        temp.Write("train.bin", [19, 99, .. new byte[3072], 0, 7, .. new byte[3072]]);

        var train = CifarDataset.Open(temp.Root, DatasetPart.Train);

        (train.Name, train.Count, train.Label(0), train.Label(1)).ShouldBe(("CIFAR-100 train", 2, 99, 7));
        (train.Classes.Count, train.Classes[99], train.Classes[0]).ShouldBe((100, "worm", "apple"));
        train.Classes.ShouldBe(train.Classes.Order(StringComparer.Ordinal)); // the publisher's names are in alphabetical order
        CifarDataset.HasTest(temp.Root).ShouldBeFalse();
    }

    [Fact]
    public void Class_names_come_from_the_folder_if_it_has_them()
    {
        using var temp = new TempFolder();
        WriteTen(temp, 1);
        CifarDataset.Open(temp.Root, DatasetPart.Train).Classes[6].ShouldBe("frog");

        File.WriteAllText(temp.At("batches.meta.txt"), "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
        CifarDataset.Open(temp.Root, DatasetPart.Train).Classes.ShouldBe(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);

        File.WriteAllText(temp.At("batches.meta.txt"), "a\nb\n");
        Should.Throw<InvalidDataException>(() => CifarDataset.Open(temp.Root, DatasetPart.Train)).Message.ShouldContain("batches.meta.txt: 2 class names");
    }

    [Fact]
    public void A_truncated_file_is_reported_with_the_offset() =>
        Gen.Int[1, 3 * 3073 - 1].Where(length => length % 3073 != 0).Sample(
            length =>
            {
                using var temp = new TempFolder();
                byte[][] files = WriteTen(temp, 3);
                var path = temp.Write("data_batch_4.bin", files[3][..length]);
                Should.Throw<InvalidDataException>(() => CifarDataset.Open(temp.Root, DatasetPart.Train))
                    .Message.ShouldSatisfyAllConditions(m => m.ShouldStartWith(path), m => m.ShouldContain($"starts at offset {length / 3073 * 3073} "));
            },
            iter: 20);

    [Fact]
    public void An_empty_file_a_missing_file_and_a_wrong_label_are_reported()
    {
        using var temp = new TempFolder();
        byte[][] files = WriteTen(temp, 2);
        files[2][3073] = 10;
        temp.Write("data_batch_3.bin", files[2]);
        Failure(temp).ShouldBe($"{temp.At("data_batch_3.bin")}: label 10 at offset 3073; CIFAR-10 has the labels 0 to 9.");

        temp.Write("data_batch_3.bin");
        Failure(temp).ShouldStartWith($"{temp.At("data_batch_3.bin")}: the file is empty");

        File.Delete(temp.At("data_batch_3.bin"));
        Failure(temp).ShouldBe($"{temp.At("data_batch_3.bin")} is missing.");
    }

    [Fact]
    public void The_published_images_are_read_byte_for_byte_and_are_balanced()
    {
        using var temp = new TempFolder();
        SharedData.Unpack("cifar10-tiny-500-200.tar.gz", temp.Root);

        var train = ImageDatasets.Open(temp.Root, DatasetPart.Train);
        var test = ImageDatasets.Open(temp.Root, DatasetPart.Test);

        Enumerable.Range(0, train.Count).CountBy(train.Label).OrderBy(c => c.Key).ShouldBe(Enumerable.Range(0, 10).Select(c => KeyValuePair.Create(c, 50)));
        Enumerable.Range(0, test.Count).CountBy(test.Label).OrderBy(c => c.Key).ShouldBe(Enumerable.Range(0, 10).Select(c => KeyValuePair.Create(c, 20)));
        byte[] second = File.ReadAllBytes(temp.At("cifar-10-batches-bin", "data_batch_2.bin"));
        byte[] red = [.. Enumerable.Range(0, 1024).Select(p => train.Read(103).Pixels.Span[3 * p])];
        red.ShouldBe(second[(3 * 3073 + 1)..(3 * 3073 + 1025)]);
    }

    private static string Failure(TempFolder temp) =>
        Should.Throw<InvalidDataException>(() => CifarDataset.Open(temp.Root, DatasetPart.Train)).Message;

    internal static byte[][] WriteTen(TempFolder temp, int recordsPerFile)
    {
        var random = new Random(1);
        var files = new byte[6][];
        for (int f = 0; f < 6; f++)
        {
            files[f] = new byte[recordsPerFile * 3073];
            random.NextBytes(files[f]);
            for (int r = 0; r < recordsPerFile; r++) files[f][r * 3073] %= 10;
            temp.Write(f < 5 ? $"data_batch_{f + 1}.bin" : "test_batch.bin", files[f]);
        }

        return files;
    }
}
