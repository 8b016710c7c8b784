using System.Runtime.InteropServices;
using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Randomness;
using SimClr.Tests.Datasets;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Tests.Loading;

public sealed class GroupPairsTests
{
    private const int N = 4;
    private const long Seed = 3;

    // 39 images in 14 interleaved groups of 1 to 6.
    private static readonly int[] Groups = [.. ((int[])[1, 6, 2, 3, 1, 5, 2, 4, 3, 1, 2, 6, 1, 2]).Index().SelectMany(group => Enumerable.Repeat(group.Index, group.Item))];

    private static string Name(int image) => $"group {Groups[image * 7 % 39]}";

    private static ViewLoader Loader(IImageDataset data, int threads = 1, (int, int)? share = null, int micro = 0, int window = 0, bool onDevice = false, DeviceImages? resident = null, int small = 0, bool reduced = false) =>
        new(data, TonedImages.Crops, new() { ImageSize = 8 }, N, Seed, threads)
        {
            Groups = ImageGroups.By(data, Name),
            Share = share ?? (0, 1),
            MicroBatchSize = micro,
            ShuffleWindow = window,
            RenderOn = onDevice ? CPU : null,
            Resident = resident,
            ReducedDecoding = reduced,
            SmallCrops = new SmallCropOptions { Count = small, ImageSize = 8 },
        };

    // The images of the rows, identified by their tones: first views, then second views, then crops, which show the two in turn.
    private static List<(int First, int Second)[]> Shown(IEnumerable<ViewBatch> batches)
    {
        var all = new List<(int, int)[]>();
        foreach (var batch in batches)
        {
            using (batch)
            using (NewDisposeScope())
            {
                int m = batch.Indices.Count;
                foreach (var views in new[] { batch.Views, batch.SmallCrops }.OfType<Tensor>())
                {
                    float[] tones = views.mean([1, 2, 3]).mul(255).data<float>().ToArray();
                    for (int row = 0; row < tones.Length; row++) Math.Round(tones[row]).ShouldBe((row / m % 2 == 0 ? batch.Indices : batch.Partners)[row % m]);
                }
                all.Add([.. batch.Indices.Zip(batch.Partners)]);
            }
        }
        return all;
    }

    private static List<List<int>> Members(int images)
    {
        var groups = new List<List<int>>();
        foreach (var group in Enumerable.Range(0, images).GroupBy(Name)) groups.Add([.. group]); // in the order of their first images
        return groups;
    }

    // The reference by search. A pair: one image of the group and another one; a damaged image is replaced by the next one, cyclically.
    private static (int First, int Second)? Pair(List<int> members, int epoch, int group, int[] damaged)
    {
        var random = CounterRandom.For(Seed, 12, ((long)epoch << 32) + group);
        if (members.Count == 1) return damaged.Contains(members[0]) ? null : (members[0], members[0]);
        int first = members[random.Below(members.Count)];
        int second = members.Where(image => image != first).ElementAt(random.Below(members.Count - 1));
        int shown = From(first).Where(image => image != second).Append(second).FirstOrDefault(image => !damaged.Contains(image), -1);
        return shown < 0 ? null : (shown, From(second).Where(image => image != shown).Append(shown).First(image => !damaged.Contains(image)));

        IEnumerable<int> From(int image) => members.SkipWhile(other => other != image).Concat(members.TakeWhile(other => other != image));
    }

    // The permutation of the groups. A group without readable images is replaced by the group at the same place of the next batches, then
    // of the groups left over, then of the earlier batches.
    private static (int, int)[] Expected(int images, int[] damaged, int epoch, int batch)
    {
        var members = Members(images);
        int[] order = [.. Enumerable.Range(0, members.Count)];
        CounterRandom.For(Seed, 1, epoch).Draw(order, order.Length);
        var others = Enumerable.Range(batch, (order.Length + N - 1) / N - batch).Concat(Enumerable.Range(0, batch));
        return [.. Enumerable.Range(0, N).Select(place => others.Select(b => b * N + place).Where(at => at < order.Length)
            .Select(at => Pair(members[order[at]], epoch, order[at], damaged)).First(pair => pair is not null)!.Value)];
    }

    [Theory]
    [InlineData(0, false, false, 0)]
    [InlineData(0, false, false, 3)]
    [InlineData(0, true, false, 2)]
    [InlineData(2, false, false, 2)]
    [InlineData(2, true, false, 3)]
    [InlineData(2, true, true, 2)]
    [InlineData(0, true, true, 0)]
    public void A_batch_shows_the_pairs_that_seed_and_epoch_say_whoever_makes_it(int micro, bool onDevice, bool isResident, int small)
    {
        foreach (int[] damaged in (int[][])[[], [0, 1, 3, 5, 16, 17, 26, 30, 31, 38]])
        {
            var data = new TonedImages(39, damaged);
            int batches = Members(39).Count / N;
            using var resident = isResident ? DeviceImages.Load(data, CPU, 1 << 20, threads: 2) : null;
            for (int epoch = 0; epoch < 4; epoch++)
            {
                var expected = Enumerable.Range(0, batches).Select(batch => Expected(39, damaged, epoch, batch)).ToList();
                foreach (int threads in (int[])[1, 4])
                {
                    var shown = Shown(Loader(data, threads, micro: micro, onDevice: onDevice, resident: resident, small: small).Epoch(epoch));
                    for (int batch = 0; batch < batches; batch++)
                    {
                        var parts = micro == 0 ? [shown[batch]] : shown[(4 * batch)..(4 * batch + 4)]; // two parts, two copies each
                        if (micro > 0) parts.Take(2).SelectMany(p => p).ShouldBe(parts.Skip(2).SelectMany(p => p));
                        parts.Take(micro == 0 ? 1 : 2).SelectMany(p => p).ShouldBe(expected[batch]);
                    }
                }
                var ranks = Enumerable.Range(0, 2).Select(rank => Shown(Loader(data, share: (rank, 2), onDevice: onDevice, resident: resident, small: small).Epoch(epoch))).ToList();
                for (int batch = 0; batch < batches; batch++) ranks.SelectMany(r => r[batch]).ShouldBe(expected[batch]);
            }
        }
    }

    [Fact]
    public void Damage_found_while_choosing_a_pair_does_not_change_the_choice()
    {
        var groups = ImageGroups.By(new TonedImages(4), i => $"{i / 2}");
        int asked = 0;
        var pair = new PairSampler(groups, Seed).Draw(epoch: 0, group: 0, _ => asked++ == 0).ShouldNotBeNull();
        pair.Second.ShouldBe(pair.First);
    }

    [Fact]
    public void Known_and_newly_found_damage_give_the_same_images()
    {
        int[] damaged = [2, 9, 16, 17, 30, 31];
        var data = new TonedImages(39, damaged);
        var straight = Shown(Loader(data).Batches(0, 12));
        Shown(Loader(data, threads: 3).Batches(7, 12)).ShouldBe(straight[7..]); // a resumed run
        var knows = Loader(data);
        Shown(knows.Batches(0, 12));
        Shown(knows.Batches(0, 12)).ShouldBe(straight);
        knows.BadImages.ShouldAllBe(bad => damaged.Contains(bad.Index));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void An_epoch_shows_every_group_once_and_two_of_its_images(int window)
    {
        var data = new TonedImages(39);
        var members = Members(39);
        members.Count.ShouldBe(14);
        for (int epoch = 0; epoch < 20; epoch++)
        {
            var loader = new ViewLoader(data, TonedImages.Crops, new() { ImageSize = 8 }, 7, Seed) { Groups = ImageGroups.By(data, Name), ShuffleWindow = window };
            loader.BatchesPerEpoch.ShouldBe(2);
            var shown = Shown(loader.Epoch(epoch)).SelectMany(batch => batch).ToList();
            shown.Select(pair => Name(pair.First)).Order().ShouldBe(members.Select(group => Name(group[0])).Order());
            foreach (var (first, second) in shown)
            {
                Name(second).ShouldBe(Name(first));
                (first == second).ShouldBe(members.Single(group => group.Contains(first)).Count == 1);
            }
        }
    }

    [Fact]
    public void Every_ordered_pair_of_a_group_is_equally_likely()
    {
        var data = new TonedImages(12);
        var sampler = new PairSampler(ImageGroups.By(data, i => i < 4 ? "four" : $"{i / 2}"), seed: 8);
        var seen = Enumerable.Range(0, 12_000).Select(epoch => sampler.Draw(epoch, 0)).CountBy(pair => pair).ToDictionary();
        seen.Count.ShouldBe(12);
        seen.Values.ShouldAllBe(count => Math.Abs(count - 1000) < 130); // four standard deviations
        Enumerable.Range(0, 100).Select(epoch => sampler.Draw(epoch, 1).First == 4).Distinct().Count().ShouldBe(2);
        // groups draw independently
        Enumerable.Range(0, 100).Count(epoch => (sampler.Draw(epoch, 1).First == 4) == (sampler.Draw(epoch, 2).First == 6)).ShouldBeInRange(25, 75);
    }

    [Theory]
    [InlineData(0, false, 0, 0)]
    [InlineData(3, false, 3, 20)]
    [InlineData(3, true, 2, 0)]
    public void Groups_of_one_image_change_no_byte(int micro, bool onDevice, int small, int window)
    {
        var data = new SyntheticImages(50, 4, damaged: [3, 17, 18]);
        List<(string Indices, byte[] Views, byte[]? Crops)> Read(ImageGroups? groups) => [.. new ViewLoader(data, new ViewPolicy(), new() { ImageSize = 16 }, 7, Seed, threads: 2)
        {
            Groups = groups,
            MicroBatchSize = micro,
            ShuffleWindow = window,
            RenderOn = onDevice ? CPU : null,
            SmallCrops = new SmallCropOptions { Count = small, ImageSize = 8 },
        }.Batches(3, 17).Select(batch =>
        {
            using (batch) return (string.Join(' ', batch.Indices.Concat(batch.Partners)), batch.Views.bytes.ToArray(), batch.SmallCrops?.bytes.ToArray());
        })];
        var (without, with) = (Read(null), Read(ImageGroups.By(data, _ => null)));
        with.Count.ShouldBe(without.Count);
        foreach (var (a, b) in without.Zip(with))
        {
            b.Indices.ShouldBe(a.Indices);
            b.Views.ShouldBe(a.Views);
            b.Crops.ShouldBe(a.Crops);
        }
    }

    [Fact]
    public void Each_view_is_drawn_as_for_its_image_alone()
    {
        var data = new SyntheticImages(20);
        var policy = new ViewPolicy();
        var options = new SmallCropOptions { Count = 3, ImageSize = 8 };
        var small = policy.For(16) with { MinScale = 0.05, MaxScale = 0.14 };
        using var batch = new ViewLoader(data, policy, new() { ImageSize = 16 }, 4, seed: 11) { Groups = ImageGroups.By(data, i => $"{i % 5}"), SmallCrops = options }.Epoch(6).First();
        batch.Indices.ShouldNotBe(batch.Partners);
        float[] views = MemoryMarshal.Cast<byte, float>(batch.Views.bytes).ToArray(), crops = MemoryMarshal.Cast<byte, float>(batch.SmallCrops!.bytes).ToArray();
        for (int i = 0; i < 4; i++)
        {
            for (int view = 0; view < 5; view++)
            {
                int index = (view % 2 == 0 ? batch.Indices : batch.Partners)[i], side = view < 2 ? 16 : 8;
                var (drawn, image) = (view < 2 ? policy.For(16) : small, data.Read(index));
                float[] one = new float[3 * side * side];
                new CpuViewRenderer(drawn, new() { ImageSize = side }).Render(image, drawn.Draw(image.Width, image.Height, side, new CounterRandom(11, 6, index, view)), one);
                (view < 2 ? views : crops).Skip((i + 4 * (view < 2 ? view : view - 2)) * one.Length).Take(one.Length).ShouldBe(one);
            }
        }
    }

    [Fact]
    public void Each_file_of_a_pair_is_read_once_also_in_micro_batches()
    {
        var data = new CountedImages(new TonedImages(39));
        int images = Shown(Loader(data, threads: 2).Epoch(0)).Sum(batch => batch.Sum(pair => pair.First == pair.Second ? 1 : 2));
        images.ShouldBeInRange(N * 3 + 1, 2 * N * 3);
        data.Reads.ShouldBe(images);
        // with several threads, one may read a file a second time before its first reading is cached
        Shown(Loader(data, threads: 1, micro: 2).Epoch(0)).Count.ShouldBe(12);
        data.Reads.ShouldBe(2 * images);
    }

    [Fact]
    public void Groups_of_other_images_or_fewer_than_a_batch_are_refused_by_name()
    {
        var data = new TonedImages(39);
        ViewLoader With(ImageGroups groups) => new(data, TonedImages.Crops, new() { ImageSize = 8 }, N, Seed) { Groups = groups };
        Should.Throw<ArgumentException>(() => With(ImageGroups.By(new TonedImages(38), Name))).Message.ShouldStartWith("The groups are for 38 images, but tones has 39.");
        Should.Throw<ArgumentException>(() => With(ImageGroups.By(data, i => $"{i % 3}"))).Message.ShouldStartWith("A batch needs 4 groups, but the 39 images of tones are in 3 groups.");
    }
}
