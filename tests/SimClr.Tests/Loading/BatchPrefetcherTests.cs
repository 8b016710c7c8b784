using SimClr.Tests.Datasets;
using SimClr.Tests.Pretraining;
using static SimClr.Tests.Loading.ViewLoaderTests;
using static TorchSharp.torch;

namespace SimClr.Tests.Loading;

public sealed class BatchPrefetcherTests
{
    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        var data = new SyntheticImages(50);
        var one = Read(Loader(data).Epoch(2));
        var four = Read(Loader(data, threads: 4).Epoch(2));
        one.Count.ShouldBe(12);
        for (int i = 0; i < one.Count; i++)
        {
            four[i].Indices.ShouldBe(one[i].Indices);
            four[i].Bytes.ShouldBe(one[i].Bytes);
        }
    }

    [Fact]
    public void A_disposed_batch_returns_its_memory_and_a_kept_one_keeps_it()
    {
        var loader = Loader(new SyntheticImages(40));
        var expected = Read(loader.Batches(0, 30));
        var kept = loader.Batches(0, 30).ToList();
        for (int i = 0; i < 30; i++) kept[i].Views.bytes.ToArray().ShouldBe(expected[i].Bytes);
        foreach (var batch in kept)
        {
            batch.Dispose();
            batch.Dispose();
        }
    }

    [Fact]
    public void The_number_of_batches_ahead_is_bounded()
    {
        var data = new CountedImages(new SyntheticImages(400));
        using var batches = Loader(data, threads: 2).Batches(0, 100).GetEnumerator();
        for (int taken = 1; taken <= 10; taken++)
        {
            batches.MoveNext().ShouldBeTrue();
            Thread.Sleep(10); // enough for many more
            data.Reads.ShouldBeLessThanOrEqualTo(4 * (taken + 4));
            batches.Current.Dispose();
        }
    }

    [Fact]
    public void Ending_an_enumeration_early_stops_the_threads_and_frees_the_views()
    {
        var data = new CountedImages(new SyntheticImages(400)) { Delay = TimeSpan.FromMilliseconds(1) };
        long tensors = PretrainerTests.Settled(); // otherwise finalizers, or the threads of the test before, would free tensors in between
        using (Loader(data, threads: 3).Batches(0, 100).First()) { }
        Until(() => data.ThreadsAtWork == 0 && Tensor.TotalCount == tensors);
        Loader(data, threads: 3).Batches(0, 100); // not enumerated: no batch is made
        data.ThreadsAtWork.ShouldBe(0);
    }

    [Fact]
    public void A_slow_disk_changes_nothing_but_the_time()
    {
        var slow = new CountedImages(new SyntheticImages(20)) { Delay = TimeSpan.FromMilliseconds(2) };
        var (fast, waited) = (Read(Loader(new SyntheticImages(20)).Batches(0, 10)), Read(Loader(slow, threads: 5).Batches(0, 10)));
        for (int i = 0; i < 10; i++) waited[i].Bytes.ShouldBe(fast[i].Bytes);
    }
}
