using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class Stl10DatasetTests
{
    private const int ImageBytes = 3 * 96 * 96;

    [Fact]
    public void Columns_become_rows_and_labels_start_at_zero()
    {
        using var temp = new TempFolder();
        byte[] images = Write(temp);

        var test = Stl10Dataset.Open(temp.Root, DatasetPart.Test);

        (test.Name, test.Count, test.Classes[9]).ShouldBe(("STL-10 test", 2, "truck"));
        new[] { test.Label(0), test.Label(1) }.ShouldBe([0, 9]);
        for (int i = 0; i < 2; i++)
        {
            var pixels = test.Read(i).Checked().Pixels.ToArray();
            var expected = new byte[ImageBytes];
            for (int c = 0; c < 3; c++)
                for (int column = 0; column < 96; column++)
                    for (int row = 0; row < 96; row++)
                        expected[(row * 96 + column) * 3 + c] = images[i * ImageBytes + c * 9216 + column * 96 + row];
            pixels.ShouldBe(expected);
        }
    }

    [Fact]
    public void Pretraining_adds_the_unlabelled_images_and_training_does_not()
    {
        using var temp = new TempFolder();
        byte[] images = Write(temp);
        temp.Write("unlabeled_X.bin", [.. images, .. images, .. images]);

        var pretraining = Stl10Dataset.Open(temp.Root, DatasetPart.Pretraining);

        (pretraining.Name, pretraining.Count).ShouldBe(("STL-10 train and unlabeled", 8));
        Enumerable.Range(0, 8).Select(pretraining.Label).ShouldBe([0, 9, -1, -1, -1, -1, -1, -1]);
        pretraining.Describe(5).ShouldBe($"{temp.At("unlabeled_X.bin")}, record 3 at offset {3 * ImageBytes}");
        pretraining.Read(5).Pixels.ToArray().ShouldBe(pretraining.Read(1).Pixels.ToArray());
        Stl10Dataset.Open(temp.Root, DatasetPart.Train).Count.ShouldBe(2);

        File.Delete(temp.At("train_X.bin"));
        Stl10Dataset.Open(temp.Root, DatasetPart.Pretraining).Count.ShouldBe(6);
    }

    [Fact]
    public void Damage_is_reported_with_file_and_offset()
    {
        using var temp = new TempFolder();
        byte[] images = Write(temp);

        temp.Write("train_y.bin", [1, 11]);
        Failure(temp).ShouldBe($"{temp.At("train_y.bin")}: label 11 at offset 1; STL-10's files have the labels 1 to 10.");

        temp.Write("train_y.bin", [1, 2, 3]);
        Failure(temp).ShouldContain("train_X.bin has 2 images and train_y.bin 3 labels");

        temp.Write("train_X.bin", images[..^1]);
        Failure(temp).ShouldContain($"train_X.bin: {2 * ImageBytes - 1} bytes are no whole number of records of {ImageBytes} bytes");
        Failure(temp).ShouldContain($"starts at offset {ImageBytes} ");
    }

    [Fact]
    public void A_file_truncated_after_opening_damages_that_image()
    {
        using var temp = new TempFolder();
        byte[] images = Write(temp);
        var train = Stl10Dataset.Open(temp.Root, DatasetPart.Train);

        temp.Write("train_X.bin", images[..(ImageBytes + 100)]);

        train.Read(0).Checked();
        Should.Throw<InvalidDataException>(() => train.Read(1)).Message.ShouldContain($"ends at offset {ImageBytes + 100}");
    }

    private static string Failure(TempFolder temp) =>
        Should.Throw<InvalidDataException>(() => Stl10Dataset.Open(temp.Root, DatasetPart.Train)).Message;

    private static byte[] Write(TempFolder temp)
    {
        var images = new byte[2 * ImageBytes];
        new Random(2).NextBytes(images);
        foreach (var part in new[] { "train", "test" })
        {
            temp.Write($"{part}_X.bin", images);
            temp.Write($"{part}_y.bin", [1, 10]);
        }

        return images;
    }
}
