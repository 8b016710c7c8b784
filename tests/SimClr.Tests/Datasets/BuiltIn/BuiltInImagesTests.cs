using System.Security.Cryptography;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed partial class BuiltInImagesTests
{
    private const int Classes = 12;
    private static readonly BuiltInImages Train = new(DatasetPart.Train, 1_200);
    private static readonly BuiltInImages Test = new(DatasetPart.Test, 300);

    [Fact]
    public void Defaults_are_4800_and_1200_images_of_32_pixels_in_twelve_classes()
    {
        var (train, test) = (new BuiltInImages(DatasetPart.Train, size: 8), new BuiltInImages(DatasetPart.Test));
        (train.Count, test.Count).ShouldBe((4_800, 1_200));
        train.Classes.Distinct().Count().ShouldBe(Classes);
        (train.Name, test.Name).ShouldBe(("built-in train", "built-in test"));
        test.Describe(7).ShouldBe("built-in test, image 7");
        var image = test.Read(0).Checked();
        (image.Width, image.Height).ShouldBe((32, 32));
    }

    [Fact]
    public void All_classes_have_equally_many_images()
    {
        foreach (var data in new[] { Train, Test })
            Enumerable.Range(0, data.Count).CountBy(data.Label).ShouldAllBe(pair => pair.Value == data.Count / Classes);
    }

    [Fact]
    public void An_image_depends_on_part_index_and_size_alone()
    {
        var few = new BuiltInImages(DatasetPart.Train, 30);
        var pretraining = new BuiltInImages(DatasetPart.Pretraining, 30);
        for (var i = 0; i < few.Count; i++)
        {
            few.Read(i).Pixels.Span.SequenceEqual(Train.Read(i).Pixels.Span).ShouldBeTrue();
            pretraining.Read(i).Pixels.Span.SequenceEqual(Train.Read(i).Pixels.Span).ShouldBeTrue();
        }
    }

    [Fact]
    public void The_first_train_images_are_these_bytes_on_every_machine()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < 2 * Classes; i++) hash.AppendData(Train.Read(i).Pixels.Span);
        Convert.ToHexStringLower(hash.GetHashAndReset())[..16].ShouldBe("409ed2e75c14f495");
    }

    [Fact]
    public void Train_and_test_share_no_image()
    {
        var seen = Hashes(Train);
        seen.Count.ShouldBe(Train.Count);
        seen.Overlaps(Hashes(Test)).ShouldBeFalse();
    }

    [Fact]
    public void A_larger_size_shows_the_same_picture()
    {
        var large = new BuiltInImages(DatasetPart.Train, 24, size: 64);
        for (var i = 0; i < large.Count; i++)
        {
            var (small, big) = (Luma(Train.Read(i)), Luma(large.Read(i)));
            var halved = new double[small.Length];
            for (var at = 0; at < big.Length; at++) halved[(at / 64 / 2 * 32) + (at % 64 / 2)] += big[at] / 4;
            Correlation(small, halved).ShouldBeGreaterThan(0.9);
        }
    }

    [Theory]
    [InlineData(0, 32)]
    [InlineData(1, 7)]
    [InlineData(1, 1_025)]
    public void Numbers_out_of_range_are_refused(int count, int size) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new BuiltInImages(DatasetPart.Train, count, size));

    [Fact]
    public void An_index_out_of_range_is_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Test.Read(Test.Count));
        Should.Throw<ArgumentOutOfRangeException>(() => Test.Label(-1));
    }
}
