using System.Runtime.InteropServices;
using SimClr.Data;
using SimClr.Views;

namespace SimClr.Tests.Data;

public sealed class ViewLoaderTests
{
    private static ViewLoader Loader(IImageDataset data, int batch = 4, int threads = 1, long seed = 3, BadImagePolicy bad = BadImagePolicy.Skip, int micro = 0) =>
        new(data, new ViewPolicy(), 8, batch, seed, threads, bad, micro);

    private static List<(int[] Indices, byte[] Bytes)> Read(IEnumerable<ViewBatch> batches)
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
    public void A_skipped_beginning_leaves_the_rest_as_it_was()
    {
        var loader = Loader(new SyntheticImages(50), threads: 2);
        var whole = Read(loader.Epoch(1));
        var rest = Read(loader.Epoch(1, skip: 5));
        rest.Count.ShouldBe(whole.Count - 5);
        for (int i = 0; i < rest.Count; i++) rest[i].Bytes.ShouldBe(whole[i + 5].Bytes);
    }

    [Fact]
    public void Every_epoch_has_an_order_of_its_own_and_shows_each_image_at_most_once()
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
        using var batch = new ViewLoader(data, policy, 8, 3, seed: 11).Epoch(6).First();
        float[] all = MemoryMarshal.Cast<byte, float>(batch.Views.bytes).ToArray(), one = new float[3 * 8 * 8];
        batch.Views.shape.ShouldBe([6, 3, 8, 8]);
        for (int i = 0; i < 3; i++)
        {
            for (int view = 0; view < 2; view++)
            {
                int index = batch.Indices[i];
                var image = data.Read(index);
                new CpuViewRenderer(policy, 8).Render(image, policy.Draw(image.Width, image.Height, 8, new CounterRandom(11, 6, index, view)), one);
                all.Skip((i + 3 * view) * one.Length).Take(one.Length).ShouldBe(one);
            }
        }
    }

    [Theory]
    [InlineData(7, 4, new[] { 3, 4 })]
    [InlineData(7, 3, new[] { 2, 2, 3 })]
    [InlineData(6, 2, new[] { 2, 2, 2 })]
    [InlineData(6, 9, new[] { 6 })]
    public void Micro_batches_are_the_batchs_views_and_come_twice(int batch, int micro, int[] sizes)
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
    public void Images_wanted_twice_are_decoded_once_while_there_is_room()
    {
        var data = new CountedImages(new SyntheticImages(6));
        var roomy = new TwiceReadImages(data);
        for (int pass = 0; pass < 4; pass++)
            for (int i = 0; i < 6; i++) roomy.Read(i).Pixels.ToArray().ShouldBe(data.Read(i).Pixels.ToArray());
        data.Reads.ShouldBe(6 * 4 + 6 * 2);

        data.Reads = 0;
        var narrow = new TwiceReadImages(data, limit: data.Read(0).Pixels.Length + data.Read(1).Pixels.Length);
        for (int pass = 0; pass < 2; pass++)
            for (int i = 0; i < 6; i++) narrow.Read(i);
        data.Reads.ShouldBe(2 + 2 + 4 * 2);
    }

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
    public void A_damaged_image_ends_the_run_where_that_is_asked_for()
    {
        var loader = Loader(new SyntheticImages(8, 4, damaged: [5]), bad: BadImagePolicy.Fail);
        Should.Throw<InvalidDataException>(() => Read(loader.Epoch(0))).Message.ShouldBe("synthetic image 5 is damaged");
    }

    [Fact]
    public void Images_none_of_which_can_be_read_end_the_run()
    {
        var loader = Loader(new SyntheticImages(4, 2, damaged: [0, 1, 2, 3]));
        Should.Throw<InvalidDataException>(() => Read(loader.Epoch(0))).Message.ShouldContain("None of the 4 images");
    }

    [Fact]
    public void A_batch_that_cannot_be_filled_is_refused()
    {
        Should.Throw<ArgumentException>(() => Loader(new SyntheticImages(3))).Message.ShouldContain("which has 3");
    }

    private sealed class CountedImages(IImageDataset inner) : IImageDataset
    {
        public int Reads { get; set; }

        public string Name => inner.Name;

        public int Count => inner.Count;

        public IReadOnlyList<string> Classes => inner.Classes;

        public int Label(int index) => inner.Label(index);

        public string Describe(int index) => inner.Describe(index);

        public RgbImage Read(int index)
        {
            Reads++;
            return inner.Read(index);
        }
    }
}
