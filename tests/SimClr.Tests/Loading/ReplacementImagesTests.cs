using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Randomness;
using SimClr.Tests.Datasets;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Tests.Loading;

public sealed class ReplacementImagesTests
{
    private const int N = 6;
    private const long Seed = 3;

    private static ViewLoader Loader(IImageDataset data, int threads = 1, (int, int)? share = null, int micro = 0, int window = 0, bool onDevice = false, DeviceImages? resident = null, int small = 0) =>
        new(data, TonedImages.Crops, new() { ImageSize = 8 }, N, Seed, threads)
        {
            Share = share ?? (0, 1),
            MicroBatchSize = micro,
            ShuffleWindow = window,
            RenderOn = onDevice ? CPU : null,
            Resident = resident,
            SmallCrops = new SmallCropOptions { Count = small, ImageSize = 8 },
        };

    // The images that are shown, identified by the tones of the views.
    private static List<int[]> Shown(IEnumerable<ViewBatch> batches)
    {
        var all = new List<int[]>();
        foreach (var batch in batches)
        {
            using (batch)
            using (NewDisposeScope())
            {
                int m = batch.Indices.Count;
                foreach (var views in new[] { batch.Views, batch.SmallCrops }.OfType<Tensor>())
                {
                    float[] tones = views.mean([1, 2, 3]).mul(255).data<float>().ToArray();
                    for (int row = 0; row < tones.Length; row++) Math.Round(tones[row]).ShouldBe(batch.Indices[row % m]);
                }
                all.Add([.. batch.Indices]);
            }
        }
        return all;
    }

    // The reference by search: the same place of the next batches, then of the images left over, then of the earlier batches.
    private static int[] Expected(int images, int[] damaged, int epoch, int batch)
    {
        int[] order = [.. Enumerable.Range(0, images)];
        CounterRandom.For(Seed, 1, epoch).Draw(order, images);
        var others = Enumerable.Range(batch, (images + N - 1) / N - batch).Concat(Enumerable.Range(0, batch));
        return [.. Enumerable.Range(0, N).Select(place => others.Select(b => b * N + place).Where(at => at < images).Select(at => order[at]).First(image => !damaged.Contains(image)))];
    }

    [Theory]
    [InlineData(0, false, false, 0)]
    [InlineData(0, true, false, 2)]
    [InlineData(4, false, false, 2)]
    [InlineData(4, true, true, 0)]
    public void A_batch_says_what_it_shows_for_any_threads_and_parts(int micro, bool onDevice, bool isResident, int small)
    {
        int[] damaged = [0, 3, 7, 11, 12, 13, 25, 26, 38];
        var data = new TonedImages(39, damaged);
        using var resident = isResident ? DeviceImages.Load(data, CPU, 1 << 20, threads: 2) : null;
        for (int epoch = 0; epoch < 3; epoch++)
        {
            var expected = Enumerable.Range(0, 6).Select(batch => Expected(39, damaged, epoch, batch)).ToList();
            expected.SelectMany(b => b).Intersect(damaged).ShouldBeEmpty();
            foreach (int threads in (int[])[1, 4])
            {
                var shown = Shown(Loader(data, threads, micro: micro, onDevice: onDevice, resident: resident, small: small).Epoch(epoch));
                for (int batch = 0; batch < 6; batch++)
                {
                    var parts = micro == 0 ? [shown[batch]] : shown[(4 * batch)..(4 * batch + 4)]; // two parts, two copies each
                    if (micro > 0) parts.Take(2).Select(p => string.Join(' ', p)).ShouldBe(parts.Skip(2).Select(p => string.Join(' ', p)));
                    parts.Take(micro == 0 ? 1 : 2).SelectMany(p => p).ShouldBe(expected[batch]);
                }
            }
            var ranks = Enumerable.Range(0, 3).Select(rank => Shown(Loader(data, share: (rank, 3), onDevice: onDevice, resident: resident).Epoch(epoch))).ToList();
            for (int batch = 0; batch < 6; batch++) ranks.SelectMany(r => r[batch]).ShouldBe(expected[batch]);
        }
    }

    [Fact]
    public void The_images_shown_do_not_depend_on_when_damage_is_found()
    {
        int[] damaged = [2, 9, 17, 30];
        var data = new TonedImages(36, damaged);
        var straight = Shown(Loader(data).Batches(0, 12));
        Shown(Loader(data, threads: 3).Batches(7, 12)).ShouldBe(straight[7..]); // a resumed run
        var knows = Loader(data);
        Shown(knows.Batches(0, 12));
        Shown(knows.Batches(0, 12)).ShouldBe(straight);
        Shown(Loader(data, threads: 3, window: 12).Batches(0, 12)).ShouldBe(Shown(Loader(data, window: 12).Batches(0, 12)));
    }

    [Fact]
    public void No_image_is_twice_in_a_batch_if_others_are_left()
    {
        var random = new Random(5);
        for (int trial = 0; trial < 2000; trial++)
        {
            int batchSize = random.Next(1, 12), images = batchSize + random.Next(3 * batchSize), epoch = trial % 3;
            bool[] good = [.. Enumerable.Range(0, images).Select(_ => random.NextDouble() > trial % 10 / 10.0)];
            int window = trial % 2 == 0 ? 0 : 5;
            var order = new EpochSampler(trial, epoch, images, window);
            int batch = random.Next(images / batchSize);
            int[] scheduled = new EpochSampler(trial, epoch, images, window).Slice(batch * batchSize, batchSize);
            var standIns = new ReplacementImages(order, batch * batchSize, batchSize);
            int?[] shown = [.. Enumerable.Range(0, batchSize).Select(place => good[scheduled[place]] ? scheduled[place] : standIns.For(place, image => good[image]))];
            int readable = good.Count(g => g);
            if (readable == 0)
            {
                shown.ShouldAllBe(image => image == null);
                continue;
            }
            shown.ShouldAllBe(image => image != null && good[image.Value]);
            shown.Distinct().Count().ShouldBe(Math.Min(batchSize, readable));
        }
    }

    [Fact]
    public void More_than_half_damaged_images_end_reading_and_the_first_is_named()
    {
        int[] most = [.. Enumerable.Range(0, 200).Where(i => i % 5 > 1)], fewer = [.. Enumerable.Range(0, 200).Where(i => i % 5 > 2)];
        Should.Throw<InvalidDataException>(() => Shown(Loader(new TonedImages(200, most), threads: 2).Batches(0, 60))).Message
            .ShouldMatch(@"^\d+ of \d+ images of tones are damaged, more than half\. Repair or remove them; the first: tone \d+ is damaged$");
        Should.Throw<InvalidDataException>(() => DeviceImages.Load(new TonedImages(200, most), CPU, 1 << 20, threads: 2)).Message.ShouldStartWith("120 of 200 images of tones are damaged, more than half");
        Shown(Loader(new TonedImages(200, fewer), threads: 2).Batches(0, 60)).Count.ShouldBe(60);
    }
}
