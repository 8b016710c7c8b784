using CsCheck;
using SimClr.Loading;
using SimClr.Randomness;

namespace SimClr.Tests.Loading;

public sealed class EpochSamplerTests
{
    private static readonly Gen<(int Count, int Window, int Epoch, long Seed)> Any =
        Gen.Select(Gen.Int[1, 3000], Gen.Int[0, 3200], Gen.Int[0, 5], Gen.Long, (count, window, epoch, seed) => (count, window, epoch, seed));

    [Fact]
    public void Every_image_is_shown_once() => Any.Sample(
        x => new EpochSampler(x.Seed, x.Epoch, x.Count, x.Window).Slice(0, x.Count).Order().SequenceEqual(Enumerable.Range(0, x.Count)), iter: 300);

    [Fact]
    public void A_part_of_the_order_does_not_depend_on_earlier_calls() =>
        Gen.Select(Any, Gen.Double[0, 1], Gen.Double[0, 1]).Sample((x, a, b) =>
        {
            int start = (int)(a * x.Count), length = (int)(b * (x.Count - start));
            int[] whole = new EpochSampler(x.Seed, x.Epoch, x.Count, x.Window).Slice(0, x.Count);
            var order = new EpochSampler(x.Seed, x.Epoch, x.Count, x.Window);
            int[] part = order.Slice(start, length), beginning = order.Slice(0, start);
            return whole.AsSpan(start, length).SequenceEqual(part) && whole.AsSpan(0, start).SequenceEqual(beginning);
        }, iter: 300);

    [Theory]
    [InlineData(0)]
    [InlineData(640)]
    public void Every_seed_and_epoch_has_its_own_order(int window)
    {
        int[] Of(long seed, int epoch) => new EpochSampler(seed, epoch, 5000, window).Slice(0, 5000);
        Of(3, 1).ShouldBe(Of(3, 1));
        Of(3, 2).ShouldNotBe(Of(3, 1));
        Of(4, 1).ShouldNotBe(Of(3, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(5000)]
    public void Without_a_window_or_with_a_full_one_the_order_is_the_permutation_of_older_runs(int window)
    {
        int[] before = [.. Enumerable.Range(0, 1000)];
        CounterRandom.For(7, 1, 3).Draw(before, 1000);
        new EpochSampler(7, 3, 1000, window).Slice(0, 1000).ShouldBe(before);
    }

    [Theory]
    [InlineData(100_000, 6_400)]
    [InlineData(99_901, 6_400)]
    [InlineData(10_007, 640)]
    public void A_window_has_images_of_few_runs_from_all_over_the_data(int count, int window)
    {
        int run = window / EpochSampler.RunsInWindow;
        int[] order = new EpochSampler(1, 0, count, window).Slice(0, count);
        // A range of that length touches two windows. Each window cuts a run at either end, and may contain the short run.
        for (int start = 0; start + window <= count; start += window / 3)
        {
            int[] runs = [.. order.AsSpan(start, window).ToArray().Select(image => image / run).Distinct()];
            runs.Length.ShouldBeLessThanOrEqualTo(2 * (EpochSampler.RunsInWindow + 2));
            (runs.Max() - runs.Min()).ShouldBeGreaterThan(count / run / 2);
        }
    }

    [Fact]
    public void Every_image_is_equally_likely_in_every_part_of_the_epoch()
    {
        const int Count = 256, Window = 64, Epochs = 4000, Stretches = 8;
        var times = new int[Count, Stretches];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            foreach (var (position, image) in new EpochSampler(5, epoch, Count, Window).Slice(0, Count).Index()) times[image, position * Stretches / Count]++;
        }
        double expected = (double)Epochs / Stretches;
        double chiSquare = times.Cast<int>().Sum(n => (n - expected) * (n - expected) / expected);
        // The 8 counts of each image sum to the number of epochs: 7 degrees of freedom per image, less those of one image. Six standard
        // deviations are an outlier.
        double freedom = (Count - 1) * (Stretches - 1);
        chiSquare.ShouldBeInRange(freedom - 6 * Math.Sqrt(2 * freedom), freedom + 6 * Math.Sqrt(2 * freedom));
    }

    [Fact]
    public void A_hundred_million_images_need_only_the_memory_of_a_window_and_the_runs()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var order = new EpochSampler(1, 0, 100_000_000, 1 << 16);
        int[] somewhere = order.Slice(73_000_000, 256);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(2_000_000);
        somewhere.Distinct().Count().ShouldBe(256);
    }
}
