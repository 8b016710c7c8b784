using System.Runtime.InteropServices;
using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Randomness;
using SimClr.Tests.Datasets;
using SimClr.Views;

namespace SimClr.Tests.Loading;

public sealed class ViewLoaderTests
{
    internal static ViewLoader Loader(IImageDataset data, int batch = 4, int threads = 1, long seed = 3, BadImagePolicy bad = BadImagePolicy.Skip, int micro = 0) =>
        new(data, new ViewPolicy(), new() { ImageSize = 8 }, batch, seed, threads, bad) { MicroBatchSize = micro };

    internal static List<(int[] Indices, byte[] Bytes)> Read(IEnumerable<ViewBatch> batches)
    {
        var result = new List<(int[], byte[])>();
        foreach (var batch in batches)
        {
            result.Add(([.. batch.Indices], batch.Views.bytes.ToArray()));
            batch.Dispose();
        }
        return result;
    }

    [Fact]
    public void Steps_that_end_before_they_begin_are_refused()
    {
        var loader = new ViewLoader(new SyntheticImages(12), new ViewPolicy(), new() { ImageSize = 8 }, 4, seed: 0);
        Should.Throw<ArgumentOutOfRangeException>(() => loader.Epoch(0, skip: 4)).Message.ShouldContain("must be greater than or equal to '4'");
        loader.Epoch(0, skip: 3).ShouldBeEmpty();
    }

    [Fact]
    public void Skipping_the_beginning_does_not_change_the_rest()
    {
        var loader = Loader(new SyntheticImages(50), threads: 2);
        var whole = Read(loader.Epoch(1));
        var rest = Read(loader.Epoch(1, skip: 5));
        rest.Count.ShouldBe(whole.Count - 5);
        for (int i = 0; i < rest.Count; i++) rest[i].Bytes.ShouldBe(whole[i + 5].Bytes);
    }

    [Fact]
    public void Every_epoch_has_its_own_order_and_shows_each_image_at_most_once()
    {
        var loader = Loader(new SyntheticImages(48));
        int[] first = [.. Read(loader.Epoch(0)).SelectMany(b => b.Indices)], second = [.. Read(loader.Epoch(1)).SelectMany(b => b.Indices)];
        first.Order().ShouldBe(Enumerable.Range(0, 48));
        second.Order().ShouldBe(Enumerable.Range(0, 48));
        second.ShouldNotBe(first);
        Read(Loader(new SyntheticImages(48), seed: 4).Epoch(0)).SelectMany(b => b.Indices).ShouldNotBe(first);
    }

    [Fact]
    public void Rows_i_and_i_plus_N_are_the_two_views_that_the_policy_draws_for_image_i()
    {
        var data = new SyntheticImages(9);
        var policy = new ViewPolicy();
        using var batch = new ViewLoader(data, policy, new() { ImageSize = 8 }, 3, seed: 11).Epoch(6).First();
        float[] all = MemoryMarshal.Cast<byte, float>(batch.Views.bytes).ToArray(), one = new float[3 * 8 * 8];
        batch.Views.shape.ShouldBe([6, 3, 8, 8]);
        for (int i = 0; i < 3; i++)
        {
            for (int view = 0; view < 2; view++)
            {
                int index = batch.Indices[i];
                var image = data.Read(index);
                new CpuViewRenderer(policy, new() { ImageSize = 8 }).Render(image, policy.Draw(image.Width, image.Height, 8, new CounterRandom(11, 6, index, view)), one);
                all.Skip((i + 3 * view) * one.Length).Take(one.Length).ShouldBe(one);
            }
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(4, 0)]
    [InlineData(2, 3)]
    public void A_single_view_is_the_first_of_two_and_an_epoch_shows_each_image_once(int threads, int micro)
    {
        var data = new SyntheticImages(48);
        ViewLoader Loader(int views) => new(data, new ViewPolicy(), new() { ImageSize = 8 }, 6, seed: 3, threads) { ViewsPerImage = views, MicroBatchSize = micro, SmallCrops = new() { Count = views == 1 ? 1 : 0, ImageSize = 8 } };
        var (ones, pairs) = (Loader(1).Epoch(2).ToList(), Read(Loader(2).Epoch(2)));
        if (micro == 0) ones.SelectMany(batch => batch.Indices).Order().ShouldBe(Enumerable.Range(0, 48));
        ones.Count.ShouldBe(pairs.Count);
        for (int i = 0; i < ones.Count; i++)
        {
            int count = ones[i].Indices.Count;
            ones[i].Indices.ShouldBe(pairs[i].Indices);
            ones[i].Views.shape.ShouldBe([count, 3, 8, 8]);
            ones[i].SmallCrops!.shape.ShouldBe([count, 3, 8, 8]);
            ones[i].Views.bytes.ToArray().ShouldBe(pairs[i].Bytes[..(pairs[i].Bytes.Length / 2)]);
            ones[i].Dispose();
        }
        Should.Throw<ArgumentOutOfRangeException>(() => Loader(3)).ActualValue.ShouldBe(3);
    }

    [Fact]
    public void Small_crops_follow_crop_by_crop_and_change_no_view()
    {
        var data = new SyntheticImages(9);
        var policy = new ViewPolicy();
        var options = new SmallCropOptions { Count = 2, ImageSize = 8 };
        using var alone = new ViewLoader(data, policy, new() { ImageSize = 16 }, 4, seed: 11).Epoch(0).First();
        foreach (int threads in (int[])[1, 3])
        {
            using var batch = new ViewLoader(data, policy, new() { ImageSize = 16 }, 4, seed: 11, threads) { SmallCrops = options }.Epoch(0).First();
            batch.Views.bytes.ToArray().ShouldBe(alone.Views.bytes.ToArray());
            batch.SmallCrops!.shape.ShouldBe([8, 3, 8, 8]);
            float[] all = MemoryMarshal.Cast<byte, float>(batch.SmallCrops.bytes).ToArray(), one = new float[3 * 8 * 8];
            var small = policy.For(16) with { MinScale = 0.05, MaxScale = 0.14 };
            for (int i = 0; i < 4; i++)
            {
                for (int crop = 0; crop < 2; crop++)
                {
                    var image = data.Read(batch.Indices[i]);
                    var view = small.Draw(image.Width, image.Height, 8, new CounterRandom(11, 0, batch.Indices[i], 2 + crop));
                    new CpuViewRenderer(small, new() { ImageSize = 8 }).Render(image, view, one);
                    all.Skip((i + 4 * crop) * one.Length).Take(one.Length).ShouldBe(one);
                }
            }
        }
    }

    [Theory]
    [InlineData(224, 96)]
    [InlineData(32, 16)]
    [InlineData(96, 40)]
    [InlineData(8, 8)]
    public void Small_crops_have_SwAVs_share_of_the_views_side(int views, int small) => new SmallCropOptions().For(views).ImageSize.ShouldBe(small);

    [Theory]
    [InlineData(7, 4, new[] { 3, 4 })]
    [InlineData(7, 3, new[] { 2, 2, 3 })]
    [InlineData(6, 2, new[] { 2, 2, 2 })]
    [InlineData(6, 9, new[] { 6 })]
    public void Micro_batches_have_the_views_of_the_batch_and_come_twice(int batch, int micro, int[] sizes)
    {
        var data = new SyntheticImages(20, 4, damaged: [3, 4]); // two whole batches and more
        var whole = Read(Loader(data, batch).Epoch(1, skip: 1))[0];
        foreach (int threads in (int[])[1, 4])
        {
            var parts = Read(Loader(data, batch, threads, micro: micro).Epoch(1, skip: 1)).Take(sizes.Length == 1 ? 1 : 2 * sizes.Length).ToList();
            if (sizes.Length > 1)
                foreach (var (first, second) in parts.Take(sizes.Length).Zip(parts.Skip(sizes.Length)))
                    (first.Indices.SequenceEqual(second.Indices) && first.Bytes.SequenceEqual(second.Bytes)).ShouldBeTrue();
            parts = parts[..sizes.Length];
            parts.Select(p => p.Indices.Length).ShouldBe(sizes);
            parts.SelectMany(p => p.Indices).ShouldBe(whole.Indices);
            var views = from view in (int[])[0, 1] from p in parts select p.Bytes.AsSpan(view * p.Bytes.Length / 2, p.Bytes.Length / 2).ToArray();
            views.SelectMany(v => v).ShouldBe(whole.Bytes);
        }
    }

    [Fact]
    public void Images_needed_twice_are_decoded_once_if_memory_allows()
    {
        var data = new CountedImages(new SyntheticImages(12));
        Read(Loader(data, batch: 6, micro: 2).Batches(0, 2));
        data.Reads.ShouldBe(12);

        var (first, second) = (data.Read(0), data.Read(1));
        var narrow = new DecodedImageCache(limit: first.Pixels.Length + second.Pixels.Length - 1);
        narrow.Keep(0, new(first, 30, 20));
        narrow.Keep(1, new(second, 30, 20)); // no room
        narrow.Take(1).ShouldBeNull();
        var known = narrow.Take(0)!;
        (known.Width, known.Height).ShouldBe((30, 20));
        known.Image.Pixels.ToArray().ShouldBe(first.Pixels.ToArray());
        known.Image.Pixels.Span.Overlaps(first.Pixels.Span).ShouldBeFalse(); // the memory for decoding is reused
        narrow.Take(0).ShouldBeNull();
        narrow.Keep(1, new(second, 30, 20));
        narrow.Take(1).ShouldNotBeNull();
    }

    [Fact]
    public void A_batch_that_cannot_be_filled_is_refused()
    {
        Should.Throw<ArgumentException>(() => Loader(new SyntheticImages(3))).Message.ShouldContain("has only 3");
    }

    // The reference: a sequential permutation, image by image, view by view.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_batches_of_a_run_equal_those_made_one_image_at_a_time(int threads)
    {
        var data = new SyntheticImages(23);
        var policy = new ViewPolicy();
        var batches = Read(Loader(data, batch: 5, threads: threads).Batches(3, 14)); // 4 batches per epoch
        batches.Count.ShouldBe(11);
        float[] view = new float[3 * 8 * 8];
        for (int step = 3; step < 14; step++)
        {
            int epoch = step / 4;
            int[] order = [.. Enumerable.Range(0, 23)];
            CounterRandom.For(3, 1, epoch).Draw(order, 23);
            int[] indices = order[(step % 4 * 5)..(step % 4 * 5 + 5)];
            var expected = new List<byte>();
            for (int which = 0; which < 2; which++)
            {
                foreach (int index in indices)
                {
                    var image = data.Read(index);
                    new CpuViewRenderer(policy, new() { ImageSize = 8 }).Render(image, policy.Draw(image.Width, image.Height, 8, new CounterRandom(3, epoch, index, which)), view);
                    expected.AddRange(MemoryMarshal.AsBytes(view.AsSpan()));
                }
            }
            batches[step - 3].Indices.ShouldBe(indices);
            batches[step - 3].Bytes.ShouldBe([.. expected]);
        }
    }

    [Fact]
    public void The_parts_of_a_batch_form_the_batch()
    {
        var data = new SyntheticImages(30);
        var whole = Read(Loader(data, batch: 6).Batches(0, 7));
        var parts = Enumerable.Range(0, 3).Select(rank => Read(new ViewLoader(data, new ViewPolicy(), new() { ImageSize = 8 }, 6, 3) { Share = (rank, 3) }.Batches(0, 7))).ToList();
        for (int i = 0; i < 7; i++)
        {
            parts.SelectMany(p => p[i].Indices).ShouldBe(whole[i].Indices);
            int half = whole[i].Bytes.Length / 2; // first views, second views
            parts.SelectMany(p => p[i].Bytes.Take(half / 3)).ShouldBe(whole[i].Bytes.Take(half));
            parts.SelectMany(p => p[i].Bytes.Skip(half / 3)).ShouldBe(whole[i].Bytes.Skip(half));
        }
        Should.Throw<ArgumentException>(() => new ViewLoader(data, new ViewPolicy(), new() { ImageSize = 8 }, 6, 3) { Share = (3, 3) }).Message.ShouldContain("no share 3 of 3");
        Should.Throw<ArgumentException>(() => new ViewLoader(data, new ViewPolicy(), new() { ImageSize = 8 }, 6, 3) { Share = (0, 4) }).Message.ShouldContain("6 images");
    }

    internal static void Until(Func<bool> condition) => SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(30)).ShouldBeTrue();
}
