using SimClr.Datasets;
using SimClr.Tests.Datasets;
using static SimClr.Tests.Loading.ViewLoaderTests;

namespace SimClr.Tests.Loading;

public sealed class BadImagesTests
{
    [Fact]
    public void Damaged_images_are_reported_once_and_replaced()
    {
        var loader = Loader(new SyntheticImages(20, 4, damaged: [7, 8, 19]), threads: 3);
        for (int epoch = 0; epoch < 3; epoch++)
            Read(loader.Epoch(epoch)).Count.ShouldBe(5);
        loader.BadImages.Select(b => b.Index).ShouldBe([7, 8, 19]);
        loader.BadImages.First().Reason.ShouldBe("synthetic image 7 is damaged");
    }

    [Fact]
    public void A_damaged_image_ends_the_run_if_the_policy_is_to_fail()
    {
        var loader = Loader(new SyntheticImages(8, 4, damaged: [5]), bad: BadImagePolicy.Fail);
        Should.Throw<InvalidDataException>(() => Read(loader.Epoch(0))).Message.ShouldBe("synthetic image 5 is damaged");
    }

    [Fact]
    public void A_data_set_without_readable_images_ends_the_run()
    {
        var loader = Loader(new SyntheticImages(4, 2, damaged: [0, 1, 2, 3]));
        Should.Throw<InvalidDataException>(() => Read(loader.Epoch(0))).Message.ShouldContain("None of the 4 images");
    }

    [Fact]
    public void A_failing_disk_is_reported_and_its_images_do_not_count_as_damaged()
    {
        bool fails = true;
        var data = new CountedImages(new SyntheticImages(20)) { Fails = index => fails && index % 3 == 0 };
        var loader = Loader(data, batch: 5, threads: 3);
        Should.Throw<IOException>(() => Read(loader.Batches(0, 8))).Message.ShouldMatch(@"^synthetic image \d+: input/output error$");
        loader.BadImages.ShouldBeEmpty();

        fails = false;
        var expected = Read(Loader(new SyntheticImages(20), batch: 5).Batches(0, 8));
        var again = Read(loader.Batches(0, 8));
        for (int i = 0; i < 8; i++) again[i].Bytes.ShouldBe(expected[i].Bytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_first_of_several_failing_images_ends_the_run_after_the_batches_before_it(int threads)
    {
        var order = Read(Loader(new SyntheticImages(40)).Epoch(0)).SelectMany(b => b.Indices).ToList();
        var data = new CountedImages(new SyntheticImages(40)) { Fails = index => order.IndexOf(index) is 18 or 19 or 25 };
        using var batches = Loader(data, threads: threads, bad: BadImagePolicy.Fail).Batches(0, 100).GetEnumerator();
        for (int i = 0; i < 4; i++)
        {
            batches.MoveNext().ShouldBeTrue();
            batches.Current.Dispose();
        }
        Should.Throw<IOException>(() => batches.MoveNext()).Message.ShouldBe($"synthetic image {order[18]}: input/output error");
        Until(() => data.ThreadsAtWork == 0);
    }
}
